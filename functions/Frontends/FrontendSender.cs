using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using RootCx.Core.Frontends;
using RootCx.Functions.Api;

namespace RootCx.Functions.Frontends;

/// <summary>Sends files of front ends: from memory, or large ones from blob storage; in the encoding that the client likes best; parts of them as they are.</summary>
public sealed class FrontendSender(FrontendCache cache, FrontendBundles bundles, IOptions<FrontendOptions> options, TimeProvider time)
{
    private const string Immutable = "public, max-age=31536000, immutable";
    private const string Revalidated = "public, no-cache";

    // More than a connection takes without its client having read anything.
    private const int ManyBytes = 32 * 1024;

    /// <summary>Sets the headers of the answer, and returns what sends the rest of it; null if the file is not there any more.</summary>
    public async ValueTask<IResult?> PrepareAsync(HttpRequest request, string bundle, FrontendFile file)
    {
        var context = request.HttpContext;
        var encoding = AcceptedEncoding.Of(request, file);
        var extent = encoding switch
        {
            AcceptedEncoding.Brotli => file.Brotli!, // else it is not chosen
            AcceptedEncoding.Gzip => file.Gzip!, // likewise
            _ => file.Identity,
        };

        // Other bytes, another tag.
        var tag = new EntityTagHeaderValue(encoding is null ? $"\"{file.Tag}\"" : $"\"{file.Tag}-{encoding}\"");
        IResult? answer = null;
        if (!cache.Keeps(extent))
        {
            answer = await bundles.OpenAsync(bundle, extent, context.RequestAborted) is { } stream
                ? TypedResults.Stream(stream, file.ContentType, entityTag: tag, enableRangeProcessing: encoding is null)
                : null;
        }
        else if (await cache.ReadAsync(bundle, extent, context.RequestAborted) is { } bytes)
        {
            answer = TypedResults.Bytes(bytes, file.ContentType, entityTag: tag, enableRangeProcessing: encoding is null);
        }

        if (answer is null)
        {
            return null;
        }

        context.Response.Headers.CacheControl = file.IsImmutable ? Immutable : Revalidated;
        if (encoding is not null)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        if (file.HasVariants)
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        }

        if (extent.Length > ManyBytes)
        {
            SendLimit.Set(context, options.Value.SendTimeout, time);
        }

        return answer;
    }
}
