using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Database;

public sealed class EntraTokenTests(PlatformStack stack)
{
    [Fact]
    public async Task A_token_is_the_password()
    {
        await using var role = await OwnRole.CreateAsync(stack);
        var credential = new KnownToken(role.Password);
        await using var services = Services(role.Settings(password: null), credential);

        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select current_user", connection);

        Assert.Equal(role.Name, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["https://ossrdbms-aad.database.windows.net/.default"], credential.Asked!.Value.Scopes);
    }

    [Fact]
    public async Task A_token_that_the_server_does_not_take_is_refused_by_it()
    {
        await using var role = await OwnRole.CreateAsync(stack);
        await using var services = Services(role.Settings(password: null), new KnownToken("another"));

        var refusal = await Assert.ThrowsAsync<PostgresException>(
            async () => await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Theory]
    [InlineData("Host=localhost;Username=rootcx;Password=secret")]
    [InlineData("Host=localhost")]
    public void A_connection_string_that_does_not_go_with_tokens_is_refused(string connection)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => Services(connection, new KnownToken("any")));
        Assert.Contains("Database__EntraTokens", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Services(string connection, TokenCredential credential)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = connection, ["Database:EntraTokens"] = "true" });
        return new ServiceCollection()
            .AddKeyedSingleton("Postgres", credential)
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .BuildServiceProvider();
    }

    // What a managed identity would get, from somewhere that only Azure has.
    private sealed class KnownToken(string token) : TokenCredential
    {
        public TokenRequestContext? Asked { get; private set; }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Asked = requestContext;
            return new AccessToken(token, DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
