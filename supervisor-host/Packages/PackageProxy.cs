using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// Answers what Bun asks of a registry, with what the registry says. Tarballs are kept; descriptions of packages pass through. Nothing that a client sends is
/// ever stored, so that no app can change what another one gets.
/// </summary>
public sealed partial class PackageProxy(
    PackageRegistry registry, RegistryClient client, TarballStore store, TarballFetches fetches, RegistryFaults faults, ILogger<PackageProxy> logger)
{
    private const int MostAttempts = 3;

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone: an install was ended.
        }
    }

    private async Task AnswerAsync(HttpContext context)
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

            if (await fetches.EnsureAsync(address, context.RequestAborted) is { } fault)
            {
                await RefuseAsync(context, fault);
                return;
            }
        }

        await RefuseAsync(context, new RegistryFault(StatusCodes.Status502BadGateway, "the tarball did not stay in the cache, which is too small (Packages:CacheBytes)"));
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
        [LoggerMessage(2502, LogLevel.Warning, "{Address} broke off")]
        public static partial void NotPassed(ILogger logger, Exception exception, Uri address);
    }
}
