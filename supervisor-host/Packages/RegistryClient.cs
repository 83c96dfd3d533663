using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace RootCx.SupervisorHost.Packages;

/// <summary>Speaks to the registry: through the proxies of the environment, trusting what Bun would trust.</summary>
public sealed class RegistryClient(PackageRegistry registry) : IDisposable
{
    private const int MostConnections = 32;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = ConnectTimeout,
        MaxConnectionsPerServer = MostConnections,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust() },
        UseCookies = false,
    })
    {
        Timeout = AnswerTimeout,
        DefaultRequestHeaders = { { "User-Agent", "RootCx" } }, // some registries insist on one
    };

    /// <summary>Asks for <paramref name="address"/>; the answer's content is still to be read.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Below the registry's address.</param>
    /// <param name="headers">Of the request that this one is for; those that matter to the answer are passed on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RegistryUnreachableException">There was no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, IHeaderDictionary? headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = registry.Credentials;
        foreach (var name in (string[])["Accept", "If-None-Match", "User-Agent"])
        {
            if (headers is not null && headers.TryGetValue(name, out var values))
            {
                request.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new RegistryUnreachableException($"the registry {registry.Address} can't be reached: {exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryUnreachableException($"the registry {registry.Address} did not answer within {AnswerTimeout.TotalSeconds:0} s", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    // .NET knows SSL_CERT_FILE by itself, but not this one.
    private static X509ChainPolicy? Trust()
    {
        if (Environment.GetEnvironmentVariable("NODE_EXTRA_CA_CERTS") is not { Length: > 0 } file || !File.Exists(file))
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        foreach (var location in (StoreLocation[])[StoreLocation.LocalMachine, StoreLocation.CurrentUser])
        {
            using var store = new X509Store(StoreName.Root, location, OpenFlags.ReadOnly);
            policy.CustomTrustStore.AddRange(store.Certificates);
        }

        return policy;
    }
}
