using System.Globalization;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>
/// PostgreSQL refuses to run as root, so root runs it as <c>nobody</c>. The repository or the data folder may be where that user can't go
/// (<c>/root</c>, for one); then it keeps the one capability to read and enter everything, and still writes only what is its own.
/// </summary>
internal sealed class PostgresUser(string binaries, string folder, ProcessGuardian guardian)
{
    private const string Name = "nobody";
    private const uint UsualId = 65534;

    /// <summary>The user to run as, or null for our own. Makes the folder that user's.</summary>
    /// <exception cref="LaunchException">Root can't become somebody else here.</exception>
    public async Task<ProcessUser?> PrepareAsync(CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        if (!OperatingSystem.IsLinux() || UnixTools.Find("setpriv") is null)
        {
            throw new LaunchException("PostgreSQL refuses to run as root, and setpriv (util-linux) is not there to change the user; start as an ordinary user.");
        }

        var nobody = Lookup();
        var (exit, output) = await ShortCommand.RunAsync(
            new ProcessStart(UnixTools.Find("chown")!, ["-R", $"{nobody.UserId}:{nobody.GroupId}", folder]), guardian, cancellation);
        if (exit.ExitCode != 0)
        {
            throw new LaunchException($"{folder} can't be given to the user {Name}: {string.Join(' ', output)}");
        }

        foreach (var user in (ProcessUser[])[nobody, nobody with { Capabilities = ["dac_read_search"] }])
        {
            if (await WorksAsync(user, cancellation))
            {
                return user;
            }
        }

        throw new LaunchException(
            $"PostgreSQL refuses to run as root, and the user {Name} can't reach {binaries} and {folder}; start as an ordinary user, or move both below folders open to all.");
    }

    private static ProcessUser Lookup()
    {
        var fields = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(entry => entry is [Name, _, _, _, ..]);
        return fields is null
            ? new ProcessUser(UsualId, UsualId)
            : new ProcessUser(uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture));
    }

    // initdb looks for the server beside itself in the way that PostgreSQL does at every start, so its answer is the one that counts.
    private async Task<bool> WorksAsync(ProcessUser user, CancellationToken cancellation)
    {
        const string Script = """cd "$2" && touch probe && rm probe && exec "$1" --show -D "$2/probe" """;
        var probe = new ProcessStart("/bin/sh", ["-c", Script, "sh", Path.Combine(binaries, "bin", "initdb"), folder])
        {
            User = user,
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        };
        return (await ShortCommand.RunAsync(probe, guardian, cancellation)).Exit.ExitCode == 0;
    }
}
