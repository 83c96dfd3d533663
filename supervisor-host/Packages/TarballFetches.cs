using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;
using RootCx.Core.Deployments;

namespace RootCx.SupervisorHost.Packages;

/// <summary>Fetches tarballs into the store, each once however many wait for it.</summary>
public sealed partial class TarballFetches(
    PackageRegistry registry, RegistryClient client, TarballStore store, IOptions<DeploymentOptions> deployments, ILogger<TarballFetches> logger)
{
    private readonly ConcurrentDictionary<Uri, Lazy<Task<RegistryFault?>>> _running = new();

    /// <summary>Fetches one, or waits for whoever does so already; null when it is in the store.</summary>
    internal Task<RegistryFault?> EnsureAsync(Uri address, CancellationToken cancellationToken) =>
        _running.GetOrAdd(address, missing => new Lazy<Task<RegistryFault?>>(() => FetchAsync(missing))).Value.WaitAsync(cancellationToken);

    // For everybody who waits, so it does not end with the one who asked first.
    private async Task<RegistryFault?> FetchAsync(Uri address)
    {
        try
        {
            if (store.Contains(address))
            {
                return null; // somebody was faster
            }

            using var patience = new CancellationTokenSource(deployments.Value.InstallTimeout); // nobody waits longer
            using var answer = await client.SendAsync(HttpMethod.Get, address, headers: null, patience.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return new RegistryFault((int)answer.StatusCode, $"the registry {registry.Address} answered {(int)answer.StatusCode} {answer.ReasonPhrase}");
            }

            await using var content = await answer.Content.ReadAsStreamAsync(patience.Token);
            await store.AddAsync(address, content, patience.Token);
            return null;
        }
        catch (Exception exception) when (exception is RegistryUnreachableException or TarballException)
        {
            return new RegistryFault(StatusCodes.Status502BadGateway, exception.Message);
        }
        catch (OperationCanceledException)
        {
            return new RegistryFault(StatusCodes.Status502BadGateway, $"the registry {registry.Address} took too long");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or UnauthorizedAccessException)
        {
            Log.NotFetched(logger, exception, address);
            return new RegistryFault(StatusCodes.Status502BadGateway, $"the tarball could not be fetched: {exception.Message}");
        }
        finally
        {
            _running.TryRemove(address, out _);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Warning, "{Address} could not be fetched")]
        public static partial void NotFetched(ILogger logger, Exception exception, Uri address);
    }
}
