using System.Security.Cryptography;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Database;

/// <summary>A role as an operator makes it for the platform: no superuser, with <c>createrole</c>, and a database of its own.</summary>
internal sealed class OwnRole : IAsyncDisposable
{
    private readonly NpgsqlDataSource _server;
    private readonly string _connection;

    private OwnRole(string server)
    {
        _server = NpgsqlDataSource.Create(server);
        _connection = server;
    }

    public string Name { get; } = App.NewId();

    public string Password { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public static async Task<OwnRole> CreateAsync(PlatformStack stack)
    {
        var role = new OwnRole(stack.Own.Description.Postgres);
        await role.ExecuteAsync($"create role \"{role.Name}\" login createrole password '{role.Password}'");
        await role.ExecuteAsync($"create database \"{role.Name}\" owner \"{role.Name}\"");
        return role;
    }

    /// <summary>How the role reaches its database.</summary>
    public string Settings(string? password) =>
        new NpgsqlConnectionStringBuilder(_connection) { Database = Name, Username = Name, Password = password, Pooling = false }.ConnectionString;

    /// <summary>Lets it give a group that another platform on this server has made.</summary>
    public Task GiveAsync(string group) => ExecuteAsync($"grant \"{group}\" to \"{Name}\" with admin option");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
