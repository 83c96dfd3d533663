using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Collections;

namespace RootCx.Functions.Collections;

/// <summary>Answers with rows, which are JSON already.</summary>
internal static class RowResult
{
    private const string ContentType = "application/json";

    /// <summary>One row, with its <c>updated_at</c> as <c>ETag</c>.</summary>
    public static IResult Of(byte[] row, int status = StatusCodes.Status200OK) => new RowBytesResult(row, status, TagOf(row));

    /// <summary>Rows as a bare array.</summary>
    public static IResult Of(IReadOnlyList<byte[]> rows, int status)
    {
        var body = new ArrayBufferWriter<byte>();
        Write(body, rows);
        return new RowBytesResult(body.WrittenMemory, status, Tag: null);
    }

    /// <summary>What a query found.</summary>
    public static IResult Of(RowPage page)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write("{\"data\":"u8);
        Write(body, page.Rows);
        if (page.Total is { } total)
        {
            body.Write(",\"total\":"u8);
            body.Write(JsonSerializer.SerializeToUtf8Bytes(total));
        }

        if (page.HasCursor)
        {
            body.Write(",\"nextCursor\":"u8);
            body.Write(JsonSerializer.SerializeToUtf8Bytes(page.Next));
        }

        body.Write("}"u8);
        return new RowBytesResult(body.WrittenMemory, StatusCodes.Status200OK, Tag: null);
    }

    private static void Write(ArrayBufferWriter<byte> body, IReadOnlyList<byte[]> rows)
    {
        body.Write("["u8);
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0)
            {
                body.Write(","u8);
            }

            body.Write(rows[i]);
        }

        body.Write("]"u8);
    }

    private static string? TagOf(byte[] row)
    {
        var reader = new Utf8JsonReader(row, new JsonReaderOptions { MaxDepth = int.MaxValue }); // what the database keeps may be deep
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("updated_at"u8))
            {
                reader.Read();
                return $"\"{reader.GetString()}\"";
            }
        }

        return null;
    }

    private sealed record RowBytesResult(ReadOnlyMemory<byte> Body, int Status, string? Tag) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = Status;
            response.ContentType = ContentType;
            response.ContentLength = Body.Length;
            if (Tag is not null)
            {
                response.Headers.ETag = Tag;
            }

            return response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
        }
    }
}
