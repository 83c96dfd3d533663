using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace RootCx.Local.Launcher;

/// <summary>Ports on the loopback address.</summary>
public static class Ports
{
    // Below what Linux and macOS hand out by themselves. Inside that range an outgoing connection could take the port of a part that is being
    // restarted, or, worse, connect to itself.
    private const int Lowest = 20000;
    private const int Highest = 32000;

    private static readonly HashSet<int> Given = [];

    /// <summary>A port that nobody listens on, and that was not given before.</summary>
    public static int Free()
    {
        lock (Given)
        {
            int port;
            do
            {
                port = RandomNumberGenerator.GetInt32(Lowest, Highest);
            }
            while (Given.Contains(port) || WhyUnusable(port) is not null);
            Given.Add(port);
            return port;
        }
    }

    /// <summary>Checks a port that somebody asked for.</summary>
    /// <exception cref="LaunchException">It can't be listened on.</exception>
    public static void Check(int port)
    {
        switch (WhyUnusable(port))
        {
            case null:
                return;
            case SocketError.AddressAlreadyInUse:
                var owner = PortOwner.Find(port) is { } found ? $" by {found}" : "";
                throw new LaunchException($"Port {port} is taken{owner}; choose another one with --port.");
            case var error:
                throw new LaunchException($"Port {port} can't be used ({error}); choose another one with --port.");
        }
    }

    public static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static SocketError? WhyUnusable(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}
