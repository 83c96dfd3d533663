using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// The cache that installs of all apps share: a server on the loopback interface in front of the registry. It keeps its port over restarts where it can, as Bun
/// keeps what it unpacked by the address that it came from.
/// </summary>
public sealed partial class PackageCache(
    PackageProxy proxy, HostFolders folders, IOptions<PackageOptions> options, ILoggerFactory logging, ILogger<PackageCache> logger) : IHostedService, IAsyncDisposable
{
    private const int MostConnections = 1024;

    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private WebApplication? _server;
    private Uri? _address;

    /// <summary>Where it listens, with a slash at the end.</summary>
    /// <exception cref="InvalidOperationException">It was not started.</exception>
    public Uri Address => _address ?? throw new InvalidOperationException("The package cache was not started.");

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = Path.Combine(folders.BunSettings, ".npmrc");
        var wanted = options.Value.Port != 0 ? options.Value.Port : PortIn(settings);
        try
        {
            _server = await ListenAsync(wanted, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException && wanted != 0)
        {
            Log.NotBound(logger, exception, wanted);
            _server = await ListenAsync(0, cancellationToken);
        }

        _address = new Uri(_server.Urls.Single() + "/");
        await File.WriteAllTextAsync(settings, $"registry={_address}\n", cancellationToken);
        Log.Started(logger, _address);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is { } server)
        {
            using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            grace.CancelAfter(StopGrace);
            await server.StopAsync(grace.Token);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }
    }

    private async Task<WebApplication> ListenAsync(int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        var server = builder.Build();
        server.Run(proxy.HandleAsync);
        try
        {
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static int PortIn(string settings) =>
        File.Exists(settings)
        && ushort.TryParse(Port().Match(File.ReadAllText(settings)).ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : 0;

    [GeneratedRegex("(?<=:)[0-9]{1,5}(?=/\n)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Port();

    private static partial class Log
    {
        [LoggerMessage(2503, LogLevel.Information, "Packages are cached at {Address}")]
        public static partial void Started(ILogger logger, Uri address);

        [LoggerMessage(2504, LogLevel.Warning, "The package cache can't listen on port {Port} of the loopback interface; it takes another one")]
        public static partial void NotBound(ILogger logger, Exception exception, int port);
    }
}
