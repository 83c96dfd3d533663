using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using RootCx.Core.Deployments;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// Answers what Bun asks of a registry, with what the registry says. Tarballs are kept, and fetched once however many ask for one; descriptions of packages
/// pass through. Nothing that a client sends is ever stored, so that no app can change what another one gets.
/// </summary>
public sealed partial class PackageProxy(
    PackageRegistry registry, RegistryClient client, TarballStore store, RegistryFaults faults, IOptions<DeploymentOptions> deployments, ILogger<PackageProxy> logger)
{
    private const int MostAttempts = 3;

    private readonly ConcurrentDictionary<Uri, Lazy<Task<RegistryFault?>>> _fetching = new();

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await RefuseAsync(context, new RegistryFault(StatusCodes.Status405MethodNotAllowed, "only GET and HEAD are passed on"));
        }
        else if (registry.Locate(target) is not { } address)
        {
            await RefuseAsync(context, new RegistryFault(StatusCodes.Status400BadRequest, "not an address of the registry"));
        }
        else if (HttpMethods.IsGet(context.Request.Method) && address.AbsolutePath.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase))
        {
            await SendTarballAsync(context, address);
        }
        else
        {
            await PassAsync(context, address);
        }
    }

    private async Task SendTarballAsync(HttpContext context, Uri address)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await store.OpenAsync(address, context.RequestAborted) is { } file)
            {
                await using (file)
                {
                    context.Response.ContentType = "application/octet-stream";
                    context.Response.ContentLength = file.Length;
                    await file.CopyToAsync(context.Response.Body, context.RequestAborted);
                }

                return;
            }

            var fetching = _fetching.GetOrAdd(address, missing => new Lazy<Task<RegistryFault?>>(() => FetchAsync(missing)));
            if (await fetching.Value.WaitAsync(context.RequestAborted) is { } fault)
            {
                await RefuseAsync(context, fault);
                return;
            }
        }

        await RefuseAsync(context, new RegistryFault(StatusCodes.Status502BadGateway, "the tarball did not stay in the cache, which is too small (Packages:CacheBytes)"));
    }

    // For everybody who waits, so it does not end with the one who asked first.
    private async Task<RegistryFault?> FetchAsync(Uri address)
    {
        await Task.Yield();
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
            _fetching.TryRemove(address, out _);
        }
    }

    private async Task PassAsync(HttpContext context, Uri address)
    {
        try
        {
            using var answer = await client.SendAsync(new HttpMethod(context.Request.Method), address, context.Request.Headers, context.RequestAborted);
            var response = context.Response;
            response.StatusCode = (int)answer.StatusCode;
            response.ContentType = answer.Content.Headers.ContentType?.ToString();
            CopyHeader("ETag", answer.Headers.ETag?.ToString());
            CopyHeader("Cache-Control", answer.Headers.CacheControl?.ToString());
            CopyHeader("Retry-After", answer.Headers.RetryAfter?.ToString());
            CopyHeader("Last-Modified", answer.Content.Headers.LastModified?.ToString("r"));
            await using var content = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            if (answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true)
            {
                var here = $"{context.Request.Scheme}://{context.Request.Host}/";
                await new TarballLinks(link => registry.PathOf(link) is { } path ? here + path : null).CopyAsync(content, response.BodyWriter, context.RequestAborted);
            }
            else
            {
                await content.CopyToAsync(response.Body, context.RequestAborted);
            }

            void CopyHeader(string name, string? value)
            {
                if (value is not null)
                {
                    response.Headers[name] = value;
                }
            }
        }
        catch (RegistryUnreachableException exception)
        {
            await RefuseAsync(context, new RegistryFault(StatusCodes.Status502BadGateway, exception.Message));
        }
        catch (Exception exception) when (exception is JsonException or HttpRequestException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            Log.NotPassed(logger, exception, address);
            await RefuseAsync(context, new RegistryFault(StatusCodes.Status502BadGateway, $"the registry {registry.Address} broke off its answer: {exception.Message}"));
        }
    }

    private async Task RefuseAsync(HttpContext context, RegistryFault fault)
    {
        faults.Add(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, fault);
        if (context.Response.HasStarted)
        {
            context.Abort(); // the only way left to say that it is not whole
            return;
        }

        context.Response.Clear();
        if (fault.Status == StatusCodes.Status405MethodNotAllowed)
        {
            context.Response.Headers.Allow = "GET, HEAD";
        }

        context.Response.StatusCode = fault.Status;
        await context.Response.WriteAsJsonAsync(new { error = fault.Text });
    }

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Warning, "{Address} could not be fetched")]
        public static partial void NotFetched(ILogger logger, Exception exception, Uri address);

        [LoggerMessage(2502, LogLevel.Warning, "{Address} broke off")]
        public static partial void NotPassed(ILogger logger, Exception exception, Uri address);
    }
}
