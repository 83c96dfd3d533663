using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth.External;

/// <summary>
/// An issuer's discovery document with its keys. Once obtained it stays in use while the issuer is away, and is looked at anew twice a day and when a token
/// was signed with a key that is not in it, the latter at most every five minutes.
/// </summary>
internal sealed partial class IssuerKeys(ExternalIssuerOptions issuer, string authority, HttpClient http, TimeProvider time, ILogger logger)
{
    private const string DiscoveryPath = "/.well-known/openid-configuration";

    // Whoever comes within this time after a failure is answered without another try.
    private static readonly TimeSpan FailFast = TimeSpan.FromSeconds(1);

    // The library looks for new keys in the background; so long is waited for what it finds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly ConfigurationManager<OpenIdConnectConfiguration> _manager = new(
        authority + DiscoveryPath,
        new OpenIdConnectConfigurationRetriever(),
        new HttpDocumentRetriever(http) { RequireHttps = issuer.RequireHttpsMetadata },
        new DiscoveryRules(authority));

    private Task<OpenIdConnectConfiguration>? _first;
    private long _firstEnded;
    private long? _asked;

    /// <summary>The present one.</summary>
    /// <exception cref="RefusedException">None could ever be obtained (503).</exception>
    public async Task<OpenIdConnectConfiguration> CurrentAsync(CancellationToken cancellationToken)
    {
        // The first one is obtained once for all who wait for it.
        await FirstAsync().WaitAsync(cancellationToken);
        return await _manager.GetConfigurationAsync(cancellationToken);
    }

    /// <summary>One that is newer than <paramref name="known"/>, which lacks a key; null if there is none, or it is too early to look again.</summary>
    public async Task<OpenIdConnectConfiguration?> NewerAsync(OpenIdConnectConfiguration known, CancellationToken cancellationToken)
    {
        long asked;
        lock (_gate)
        {
            if (_asked is null || time.GetElapsedTime(_asked.Value) >= _manager.RefreshInterval)
            {
                _asked = time.GetTimestamp();
                _manager.RequestRefresh();
            }

            asked = _asked.Value;
        }

        while (true)
        {
            var present = await _manager.GetConfigurationAsync(cancellationToken);
            if (!ReferenceEquals(present, known))
            {
                return present;
            }

            if (time.GetElapsedTime(asked) >= Patience)
            {
                return null;
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private Task<OpenIdConnectConfiguration> FirstAsync()
    {
        lock (_gate)
        {
            return _first is null || (_first.IsFaulted && time.GetElapsedTime(_firstEnded) >= FailFast) ? _first = ObtainAsync() : _first;
        }
    }

    private async Task<OpenIdConnectConfiguration> ObtainAsync()
    {
        await Task.Yield(); // out of the lock
        try
        {
            return await _manager.GetConfigurationAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            _firstEnded = time.GetTimestamp();
            Log.NotReachable(logger, issuer.Name, exception);
            throw new RefusedException(Refusal.Unavailable, $"identity provider not reachable: {issuer.Name}");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1401, LogLevel.Warning, "The keys of issuer {Issuer} could not be obtained, so its tokens are refused until they are")]
        public static partial void NotReachable(ILogger logger, string issuer, Exception exception);
    }
}
