using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using RootCx.Core.Processes;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// As whom workers run. A supervisor that is root gives each app a user of its own: a number made from the app's id, which no account has. So a worker
/// reaches neither the supervisor nor other apps. Any other supervisor can only run workers as itself.
/// </summary>
public sealed class WorkerUsers
{
    // Within what a container maps by default, and above what systems give to accounts.
    private const uint First = 20_000;
    private const uint Count = 40_000;

    /// <summary>Finds out whether it can.</summary>
    /// <exception cref="InvalidOperationException">This is root, but can't become anybody else.</exception>
    public WorkerUsers()
    {
        AreSeparate = Environment.IsPrivilegedProcess && OperatingSystem.IsLinux();
        if (AreSeparate && UnixTools.Find("setpriv") is null)
        {
            throw new InvalidOperationException(
                "The supervisor runs as root and needs setpriv (util-linux) to run workers as somebody else; install it, or run the supervisor as an ordinary user.");
        }
    }

    /// <summary>Whether apps have users of their own.</summary>
    public bool AreSeparate { get; }

    /// <summary>The app's user; null for the supervisor's own.</summary>
    public ProcessUser? For(string appId)
    {
        if (!AreSeparate)
        {
            return null;
        }

        var number = First + (BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(appId))) % Count);
        return new ProcessUser(number, number);
    }
}
