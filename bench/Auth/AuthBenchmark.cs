using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Auth;

/// <summary>
/// What it costs to know who sends a request and whether they may, in process, with 10,000 users, 200 roles and 2,000 permission keys: beside the same
/// without remembering anything. And a sign-in over HTTP, beside the hashing of a password alone.
/// </summary>
internal sealed class AuthBenchmark : Benchmark
{
    private const int Users = 10_000;
    private const int RoleCount = 200;
    private const int Keys = 2_000;
    private const int Checks = 20_000;
    private const int Batch = 20; // one check is too short for the clock

    public override string Name => "auth";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = stack.Description.Postgres,
            ["Auth:JwtSecret"] = new string('b', 32),
        });
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .AddDoorbells()
            .AddAuth()
            .BuildServiceProvider();
        var database = services.GetRequiredService<NpgsqlDataSource>();
        var users = await FillAsync(database);
        var tokens = services.GetRequiredService<AccessTokens>();
        var bearers = users.ConvertAll(user => tokens.IssueAccess(user.Id, user.Email, new TokenSession(Guid.NewGuid(), 0)));
        var identities = services.GetRequiredService<Identities>();
        var permissions = services.GetRequiredService<Permissions>();
        var random = new Random(1);

        var warm = await MeasureAsync(async () =>
        {
            var n = random.Next(100); // those who are at work
            await CheckAsync(bearers[n], $"app:bench{random.Next(100)}:key{random.Next(20)}");
        });
        var crowd = await MeasureAsync(() => CheckAsync(bearers[random.Next(Users)], $"app:bench{random.Next(100)}:key{random.Next(20)}"));
        var cold = await Samples.MeasureAsync(200, 2000, async () =>
        {
            var user = users[random.Next(Users)];
            identities.Changed(user.Id); // nothing is remembered of it any more
            await CheckAsync(tokens.IssueAccess(user.Id, user.Email), $"app:bench{random.Next(100)}:key{random.Next(20)}");
        });
        var passwords = new Passwords();
        var hash = passwords.Hash("correct horse");
        var hashing = await Samples.MeasureAsync(5, 50, () => Task.FromResult(passwords.Verify(hash, "correct horse")));
        var signIn = await SignInAsync(stack, cancellationToken);
        return
        [
            new Figure("identity and permission, 100 users at work, p50", warm.Percentile(50) / Batch, "ms", cold.Percentile(50), "asking the database"),
            new Figure("identity and permission, 100 users at work, p99", warm.Percentile(99) / Batch, "ms", cold.Percentile(99), "asking the database"),
            new Figure("identity and permission, 10,000 users at work, p50", crowd.Percentile(50) / Batch, "ms", cold.Percentile(50), "asking the database"),
            new Figure("sign-in over HTTP, p50", signIn.Percentile(50), "ms", hashing.Percentile(50), "hashing alone"),
            new Figure("sign-in over HTTP, p99", signIn.Percentile(99), "ms", hashing.Percentile(99), "hashing alone"),
        ];

        async Task CheckAsync(string bearer, string key)
        {
            var principal = await tokens.AuthenticateAsync(bearer);
            var caller = principal.User!; // a user's token
            await identities.RequireAsync(caller.UserId, principal.Session?.Epoch, CancellationToken.None);
            await permissions.HasAsync(caller.UserId, key, CancellationToken.None);
        }

        static Task<Samples> MeasureAsync(Func<Task> check) => Samples.MeasureAsync(Checks / Batch / 4, Checks / Batch, async () =>
        {
            for (var n = 0; n < Batch; n++)
            {
                await check();
            }
        });
    }

    private static async Task<Samples> SignInAsync(LaunchedStack stack, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(stack.Description.ApiUrl) };
        return await Samples.MeasureAsync(5, 50, async () =>
        {
            using var answer = await http.PostAsJsonAsync(
                "/api/v1/auth/login",
                new JsonObject { ["email"] = stack.Description.AdminEmail, ["password"] = stack.Description.AdminPassword },
                cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
    }

    private static async Task<List<(Guid Id, string Email)>> FillAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            $"""
            insert into rbac_permissions (key) select 'app:bench' || n / 20 || ':key' || n % 20 from generate_series(0, {Keys - 1}) n on conflict do nothing;
            insert into rbac_roles (name, inherits, permissions)
            select 'bench' || n, case when n % 10 = 0 then '{"{}"}' else array['bench' || n - 1] end, array(select 'app:bench' || n / 2 || ':key' || k from generate_series(0, 19) k)
            from generate_series(0, {RoleCount - 1}) n on conflict do nothing;
            with made as (
              insert into users (email) select 'bench' || n || '@example.com' from generate_series(0, {Users - 1}) n on conflict do nothing returning id
            )
            insert into rbac_assignments (user_id, role)
            select id, 'bench' || (row_number() over () * 7 + k * 31) % {RoleCount} from made cross join generate_series(0, 2) k on conflict do nothing;
            analyze users, rbac_assignments, rbac_roles;
            select id, email from users where email like 'bench%' order by email
            """);
        var users = new List<(Guid, string)>(Users);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            users.Add((reader.GetGuid(0), reader.GetString(1)));
        }

        return users;
    }
}
