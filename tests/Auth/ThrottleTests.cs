using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class ThrottleTests(PlatformStack stack)
{
    private static readonly ClientOrigin Remote = new("203.0.113.7", "test");

    [Fact]
    public async Task After_ten_failures_an_account_has_to_wait_even_with_the_right_password()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await RegisterAsync(empty, "a@example.com");
        await RegisterAsync(empty, "b@example.com");
        for (var failure = 0; failure < 10; failure++)
        {
            await AssertRefusedAsync(Refusal.Unauthenticated, "invalid credentials", () => SignInAsync(empty, "A@example.com", "wrong", new ClientOrigin($"203.0.113.{failure}", null)));
        }

        var refused = await AssertRefusedAsync(Refusal.TooMany, "too many attempts: try again later", () => SignInAsync(empty, "a@example.com", "s3cret!", Remote));
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        await SignInAsync(empty, "b@example.com", "s3cret!", Remote); // another account

        await ForwardAsync(empty);
        await SignInAsync(empty, "a@example.com", "s3cret!", Remote);
    }

    [Fact]
    public async Task After_a_hundred_failures_an_address_has_to_wait_whatever_the_account()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await RegisterAsync(empty, "a@example.com");
        await SetTriesAsync(empty, $"address:{Remote.Address}", 99);
        await AssertRefusedAsync(Refusal.Unauthenticated, "invalid credentials", () => SignInAsync(empty, "nobody@example.com", "wrong", Remote));
        await AssertRefusedAsync(Refusal.TooMany, "too many attempts: try again later", () => SignInAsync(empty, "a@example.com", "s3cret!", Remote));
        await SignInAsync(empty, "a@example.com", "s3cret!", Remote with { Address = "203.0.113.8" });
        await SetTriesAsync(empty, "address:127.0.0.1", 999);
        await SignInAsync(empty, "a@example.com", "s3cret!", Remote with { Address = "127.0.0.1" }); // this machine has ten times that
    }

    [Fact]
    public async Task Successes_do_not_count()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await RegisterAsync(empty, "a@example.com");
        for (var time = 0; time < 12; time++)
        {
            await SignInAsync(empty, "a@example.com", "s3cret!", Remote);
        }

        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0, 0], await connection.QueryAsync<int>("select tries from throttles where key like 'a%'"));
    }

    [Fact]
    public async Task Many_tries_at_once_are_counted_one_by_one()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await RegisterAsync(empty, "a@example.com");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => RefusalOfAsync(() => SignInAsync(empty, "a@example.com", "wrong", Remote))));
        Assert.Equal(10, outcomes.Count(refusal => refusal == Refusal.Unauthenticated));
        Assert.Equal(20, outcomes.Count(refusal => refusal == Refusal.TooMany));
    }

    [Fact]
    public async Task An_address_registers_only_so_many_accounts_in_an_hour()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        await RegisterAsync(empty, "a@example.com");
        await SetTriesAsync(empty, $"register:{Remote.Address}", 300);
        await AssertRefusedAsync(Refusal.TooMany, "too many attempts: try again later", () => RegisterAsync(empty, "b@example.com"));
    }

    [Fact]
    public async Task Clients_are_told_when_to_come_back()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        await using (var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system"))
        {
            await using var set = database.CreateCommand("insert into throttles (key, ends_at, tries) values ($1, now() + interval '90 seconds', 100)");
            set.Parameters.AddWithValue($"account:{email}");
            await set.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        using var answer = await stack.Anonymous().PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = "whatever" });
        await answer.AssertErrorAsync(HttpStatusCode.TooManyRequests, "too many attempts: try again later");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Closed_registration_leaves_the_first_account_and_those_that_administrators_make()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        empty.Get<IOptions<AuthOptions>>().Value.OpenRegistration = false;
        var first = await RegisterAsync(empty, "a@example.com");
        await AssertRefusedAsync(Refusal.Forbidden, "registration is closed: ask an administrator for an account", () => RegisterAsync(empty, "b@example.com"));
        await empty.Accounts.CreateAsync(new RootCx.Core.Audit.Actor(first.Id, first.Email, null), "b@example.com", "s3cret!", null, TestContext.Current.CancellationToken);
        await SignInAsync(empty, "b@example.com", "s3cret!", Remote);

        empty.Get<IOptions<AuthOptions>>().Value.DisablePasswordLogin = true;
        await AssertRefusedAsync(Refusal.Forbidden, "password login is disabled", () => SignInAsync(empty, "b@example.com", "s3cret!", Remote));
        await AssertRefusedAsync(Refusal.Forbidden, "password registration is disabled", () => RegisterAsync(empty, "c@example.com"));
    }

    [Fact]
    public async Task Of_many_first_registrations_at_once_a_closed_platform_takes_one()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        empty.Get<IOptions<AuthOptions>>().Value.OpenRegistration = false;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async n =>
        {
            try
            {
                await RegisterAsync(empty, $"user{n}@example.com");
                return true;
            }
            catch (RefusedException refused)
            {
                Assert.Equal(Refusal.Forbidden, refused.Refusal);
                return false;
            }
        }));
        Assert.Single(outcomes, made => made);
    }

    [Fact]
    public async Task A_sign_in_under_way_does_not_outlive_a_reset()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var user = await RegisterAsync(empty, "a@example.com");
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        for (var round = 0; round < 5; round++)
        {
            var signingIn = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                try
                {
                    await SignInAsync(empty, "a@example.com", $"s3cret!{(round == 0 ? "" : round)}", Remote);
                }
                catch (RefusedException refused)
                {
                    Assert.Equal("invalid credentials", refused.Message);
                }
            }));
            var actor = new RootCx.Core.Audit.Actor(user.Id, user.Email, null);
            await empty.Accounts.ResetPasswordAsync(actor, user.Id, $"s3cret!{round + 1}", TestContext.Current.CancellationToken);
            await signingIn;
            Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from sessions"));
            await ForwardAsync(empty); // the failures
        }
    }

    [Fact]
    public async Task A_password_that_was_hashed_at_an_earlier_cost_is_hashed_anew()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var user = await RegisterAsync(empty, "a@example.com");
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        var cheap = new Microsoft.AspNetCore.Identity.PasswordHasher<object>(
            Options.Create(new Microsoft.AspNetCore.Identity.PasswordHasherOptions { IterationCount = 1000 })).HashPassword(this, "s3cret!");
        await connection.ExecuteAsync("update users set password_hash = @cheap where id = @Id", new { cheap, user.Id });

        await AssertRefusedAsync(Refusal.Unauthenticated, "invalid credentials", () => SignInAsync(empty, "a@example.com", "wrong", Remote));
        Assert.Equal(cheap, await HashAsync());
        await SignInAsync(empty, "a@example.com", "s3cret!", Remote);
        Assert.NotEqual(cheap, await HashAsync());
        await SignInAsync(empty, "a@example.com", "s3cret!", Remote);

        Task<string?> HashAsync() => connection.ExecuteScalarAsync<string>("select password_hash from users where id = @Id", new { user.Id });
    }

    private static Task<User> RegisterAsync(EmptyPlatform empty, string email) =>
        empty.Accounts.RegisterAsync(email, "s3cret!", null, Remote, TestContext.Current.CancellationToken);

    private static Task<SignIn> SignInAsync(EmptyPlatform empty, string email, string password, ClientOrigin client) =>
        empty.Get<SignIns>().SignInAsync(email, password, client, TestContext.Current.CancellationToken);

    private static async Task<RefusedException> AssertRefusedAsync(Refusal refusal, string text, Func<Task> action)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(action);
        Assert.Equal((refusal, text), (refused.Refusal, refused.Message));
        return refused;
    }

    private static async Task<Refusal> RefusalOfAsync(Func<Task> action) => (await Assert.ThrowsAsync<RefusedException>(action)).Refusal;

    private static async Task SetTriesAsync(EmptyPlatform empty, string key, int tries)
    {
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(
            "insert into throttles (key, ends_at, tries) values (@key, now() + interval '1 minute', @tries) on conflict (key) do update set tries = @tries", new { key, tries });
    }

    // As if the period were over.
    private static async Task ForwardAsync(EmptyPlatform empty)
    {
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("update throttles set ends_at = now()");
    }
}
