using System.Globalization;
using System.Text.RegularExpressions;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>The files of the database server.</summary>
internal sealed partial class PostgresCluster(string binaries, string folder, string password, ProcessGuardian guardian)
{
    public const string SuperUser = "rootcx";

    private static readonly TimeSpan StaleServerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Where the server keeps its data.</summary>
    public string Data => Path.Combine(folder, "data");

    private string Program(string name) => Path.Combine(binaries, "bin", name);

    /// <summary>Creates the files on the first start. A first start that was interrupted is begun anew.</summary>
    /// <exception cref="LaunchException">They are of another version, or can't be created.</exception>
    public async Task CreateAsync(ProcessUser? user, CancellationToken cancellation)
    {
        if (Directory.Exists(Data))
        {
            await CheckVersionAsync(cancellation);
            return;
        }

        var draft = Path.Combine(folder, "draft");
        var passwordFile = Path.Combine(folder, "password");
        if (Directory.Exists(draft))
        {
            Directory.Delete(draft, recursive: true);
        }

        // Only the owner of the folder, root or the server's user, can enter it, so the file may be readable inside.
        await File.WriteAllTextAsync(passwordFile, password, cancellation);
        try
        {
            string[] arguments =
            [
                "--pgdata=" + draft, "--username=" + SuperUser, "--pwfile=" + passwordFile, "--auth=scram-sha-256", "--no-sync", "--no-instructions",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            ];
            var (exit, output) = await ShortCommand.RunAsync(Run("initdb", arguments, user), guardian, cancellation);
            if (exit.ExitCode != 0)
            {
                throw new LaunchException($"PostgreSQL's files can't be created in {folder} (initdb: {exit}).") { Log = output };
            }

            Directory.Move(draft, Data);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    /// <summary>The command that runs the server on a port of the loopback address.</summary>
    public ProcessStart Serve(int port, ProcessUser? user)
    {
        string[] settings =
        [
            "listen_addresses=127.0.0.1", $"port={port}", "unix_socket_directories=", "max_connections=200", "shared_buffers=128MB",
            "timezone=UTC", "log_timezone=UTC", "logging_collector=off", "log_destination=stderr",
        ];
        return Run("postgres", ["-D", Data, .. settings.SelectMany(setting => (string[])["-c", setting])], user) with { GuardianSignal = UnixSignal.Quit };
    }

    /// <summary>
    /// Makes sure that a note of an earlier server is not in the way: such a server is stopped when it still runs, and the note is dropped when
    /// its process id now belongs to somebody else, which PostgreSQL itself can't tell.
    /// </summary>
    public async Task ClearStaleServerAsync(CancellationToken cancellation)
    {
        var note = Path.Combine(Data, "postmaster.pid");
        if (!File.Exists(note) || !int.TryParse(File.ReadLines(note).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid) || ProcessIdentity.Of(pid) is null)
        {
            return;
        }

        if (!await IsServerAsync(pid, cancellation))
        {
            File.Delete(note);
            return;
        }

        ProcessSignals.Send(pid, UnixSignal.Quit);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StaleServerLimit);
        while (ProcessIdentity.Of(pid) is not null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    private async Task<bool> IsServerAsync(int pid, CancellationToken cancellation)
    {
        var (_, output) = await ShortCommand.RunAsync(new ProcessStart("/bin/ps", ["-o", "command=", "-p", $"{pid}"]), guardian, cancellation);
        return output.Any(line => line.Contains(Data, StringComparison.Ordinal));
    }

    private async Task CheckVersionAsync(CancellationToken cancellation)
    {
        var file = Path.Combine(Data, "PG_VERSION");
        var found = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellation)).Trim() : "none";
        var (_, output) = await ShortCommand.RunAsync(Run("postgres", ["--version"], user: null), guardian, cancellation);
        var wanted = Major().Match(string.Join(' ', output)).Value;
        if (found != wanted)
        {
            throw new LaunchException($"{Data} belongs to PostgreSQL {found}, and this is {wanted}; dump and restore it with version {found}, or choose another folder with --data.");
        }
    }

    private ProcessStart Run(string program, IReadOnlyList<string> arguments, ProcessUser? user) => new(Program(program), arguments)
    {
        User = user,
        WorkingDirectory = "/",
        Environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["LC_ALL"] = "C" },
    };

    // "postgres (PostgreSQL) 18.4" -> 18
    [GeneratedRegex(@"(?<=\) )\d+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Major();
}
