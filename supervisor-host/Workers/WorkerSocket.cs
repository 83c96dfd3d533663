using System.Net.Sockets;
using System.Runtime.InteropServices;
using RootCx.Core.Processes;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// The Unix domain socket that one worker connects to, in a folder that only it may enter, which is also its TMPDIR. The first connection from the
/// worker's own process is taken; then the socket is gone, so nobody else, its children included, can speak in its name.
/// </summary>
public sealed class WorkerSocket : IAsyncDisposable
{
    private const string Name = ".rootcx.sock";
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Makes <paramref name="folder"/> and listens in it; gives both to <paramref name="user"/> if it is somebody else.</summary>
    public WorkerSocket(string folder, ProcessUser? user)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Workers are kept apart by file modes and process groups, which Windows does not have.");
        }

        Folder = folder;
        Directory.CreateDirectory(folder, OnlyOwner);
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, Name)));
        _listener.Listen(1);
        if (user is not null)
        {
            FileOwner.Give(folder, user);
            FileOwner.Give(Path.Combine(folder, Name), user);
        }
    }

    /// <summary>The worker's own folder.</summary>
    public string Folder { get; }

    /// <summary>Waits for the connection from <paramref name="processId"/>; null when listening was stopped first.</summary>
    public async Task<Socket?> AcceptAsync(int processId)
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await _listener.AcceptAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return null;
            }

            if (PeerOf(accepted) is not { } peer || peer == processId)
            {
                StopListening();
                return accepted;
            }

            accepted.Dispose();
        }
    }

    /// <summary>Takes no more connections.</summary>
    public void StopListening()
    {
        _listener.Dispose();
        Tolerate(() => File.Delete(Path.Combine(Folder, Name)));
    }

    /// <summary>Removes the folder and what the worker left in it.</summary>
    public ValueTask DisposeAsync()
    {
        StopListening();
        Tolerate(() => FileTrees.Delete(Folder));
        return ValueTask.CompletedTask;
    }

    // The folder is the worker's to do with as it likes: it may be gone, locked, or still written to by something that it started. What is left
    // the next supervisor to start clears away.
    private static void Tolerate(Action cleanUp)
    {
        try
        {
            cleanUp();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }

    // SO_PEERCRED: struct ucred { pid, uid, gid }, see unix(7). Elsewhere the folder's mode alone has to do.
    private static int? PeerOf(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        const int SolSocket = 1;
        const int SoPeerCred = 17;
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return MemoryMarshal.Read<int>(credentials);
    }
}
