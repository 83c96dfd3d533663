using Npgsql;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>A PostgreSQL server for this stack alone, reachable only from this machine.</summary>
internal sealed class EmbeddedPostgres
{
    public const string Name = "postgres";
    private const string Database = "rootcx";

    private readonly int _port = Ports.Free();
    private readonly PostgresCluster _cluster;
    private readonly PostgresUser _users;
    private readonly DataFolder _data;
    private ProcessUser? _user;
    private bool _created;

    public EmbeddedPostgres(string binaries, DataFolder data, string password, ProcessGuardian guardian)
    {
        _data = data;
        _cluster = new PostgresCluster(binaries, data.Postgres, password, guardian);
        _users = new PostgresUser(binaries, data.Postgres, guardian);
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = _port,
            Database = Database,
            Username = PostgresCluster.SuperUser,
            Password = password,
        }.ConnectionString;
    }

    public string ConnectionString { get; }

    public Part Part() => new()
    {
        Name = Name,
        Title = "PostgreSQL",
        Address = $"127.0.0.1:{_port}",
        LogFile = _data.Log(Name),
        PrepareAsync = PrepareAsync,
        IsHealthyAsync = IsHealthyAsync,
        StopSignal = UnixSignal.Interrupt,
        InsistSignal = UnixSignal.Quit,
    };

    private async Task<ProcessStart> PrepareAsync(CancellationToken cancellation)
    {
        if (!_created)
        {
            _user = await _users.PrepareAsync(cancellation);
            await _cluster.CreateAsync(_user, cancellation);
            _created = true;
        }

        await _cluster.ClearStaleServerAsync(cancellation);
        return _cluster.Serve(_port, _user);
    }

    private async Task<bool> IsHealthyAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancellation);
            await using var find = new NpgsqlCommand($"select 1 from pg_database where datname = '{Database}'", connection);
            if (await find.ExecuteScalarAsync(cancellation) is null)
            {
                await using var create = new NpgsqlCommand($"create database {Database}", connection);
                await create.ExecuteNonQueryAsync(cancellation);
            }

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            throw new LaunchException($"The password in {_data.Secrets} is not that of the database in {_data.Postgres}: the two belong together. Restore the file, or choose another folder with --data.", exception);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
