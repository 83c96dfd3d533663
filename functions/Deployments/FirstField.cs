using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using RootCx.Core.Errors;
using RootCx.Core.Streams;

namespace RootCx.Functions.Deployments;

/// <summary>Reads the first field of a multipart upload, whatever its name, as it comes in.</summary>
public static class FirstField
{
    private const int LongestBoundary = 70; // RFC 2046, 5.1.1

    /// <summary>Has the field's content taken.</summary>
    /// <param name="request">The upload.</param>
    /// <param name="expected">What the field should be called, for the message.</param>
    /// <param name="limit">How long all of it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="take">Reads the content to its end, and keeps it.</param>
    /// <exception cref="RefusedException">No body or no field (400), not multipart (415), not well-formed (400), too slow (408).</exception>
    public static async Task<T> TakeAsync<T>(
        HttpRequest request, string expected, TimeSpan limit, TimeProvider time, Func<Stream, CancellationToken, Task<T>> take)
    {
        var aborted = request.HttpContext.RequestAborted;
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, late.Token);
        try
        {
            await using var field = await OpenAsync(request, expected, either.Token);
            return await take(field, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new RefusedException(Refusal.TooSlow, $"the upload took longer than {limit.TotalSeconds:0} s");
        }
    }

    private static async Task<Stream> OpenAsync(HttpRequest request, string expected, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(request.ContentType))
        {
            throw Missing(expected);
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 } boundary)
        {
            throw new RefusedException(Refusal.UnsupportedType, $"unsupported content type: expected multipart/form-data with a field '{expected}'");
        }

        if (boundary.Length > LongestBoundary)
        {
            throw Malformed($"the boundary has more than {LongestBoundary} characters");
        }

        try
        {
            var section = await new MultipartReader(boundary.Value!, request.Body).ReadNextSectionAsync(cancellationToken); // not empty, see above
            return section?.ContentDisposition is null ? throw Missing(expected) : new FieldStream(section.Body);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw Missing(expected); // the body ended before a field began
        }
        catch (InvalidDataException exception)
        {
            throw Malformed(exception.Message);
        }
    }

    private static RefusedException Missing(string expected) => new(Refusal.Invalid, $"missing '{expected}' field");

    private static RefusedException Malformed(string why) => new(Refusal.Invalid, $"malformed multipart body: {why}");

    // A body that ends in the middle of the field is the client's fault, and must not look like the end of the field.
    private sealed class FieldStream(Stream field) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await field.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is InvalidDataException or IOException and not BadHttpRequestException)
            {
                throw Malformed(exception.Message);
            }
        }
    }
}
