using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RootCx.Functions.Collections;

/// <summary>
/// Answers with a bare array of rows while the database hands them out, so that memory does not grow with their number. What goes wrong before the first row is an
/// error like any other; what goes wrong later breaks the connection off, so that nobody takes a part for the whole.
/// </summary>
internal static class RowStream
{
    // Sent together, in bytes.
    private const int Chunk = 32 * 1024;

    /// <summary>Writes the answer; not as a result that the host would carry out, since errors have to be answered for as those of functions are.</summary>
    /// <param name="context">The request.</param>
    /// <param name="read">Hands the rows to what it is given, one after the other.</param>
    public static async Task WriteAsync(HttpContext context, Func<Func<byte[], CancellationToken, ValueTask>, CancellationToken, Task<long>> read)
    {
        var body = context.Response.BodyWriter;
        var begun = false;
        try
        {
            await read(WriteRowAsync, context.RequestAborted);
        }
        catch when (begun)
        {
            context.Abort(); // even if nothing has left yet: an error must not stand behind rows
            throw;
        }

        if (!begun)
        {
            Begin();
        }

        body.Write("]"u8);
        await body.FlushAsync(context.RequestAborted);

        void Begin()
        {
            begun = true;
            context.Response.ContentType = "application/json";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            body.Write("["u8);
        }

        async ValueTask WriteRowAsync(byte[] row, CancellationToken cancellationToken)
        {
            if (begun)
            {
                body.Write(","u8);
            }
            else
            {
                Begin();
            }

            body.Write(row);
            if (body.UnflushedBytes >= Chunk)
            {
                await body.FlushAsync(cancellationToken);
            }
        }
    }
}
