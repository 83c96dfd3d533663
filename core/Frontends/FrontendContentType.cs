using Microsoft.AspNetCore.StaticFiles;

namespace RootCx.Core.Frontends;

/// <summary>What browsers are told of a file, by its name.</summary>
internal static class FrontendContentType
{
    private const string Unknown = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider Provider = new()
    {
        Mappings =
        {
            [".map"] = "application/json",
            [".mjs"] = "text/javascript",
            [".cjs"] = "text/javascript",
            [".md"] = "text/markdown",
            [".toml"] = "text/plain",
            [".yaml"] = "text/plain",
            [".yml"] = "text/plain",
        },
    };

    // Besides texts; what is not here is compressed already, or nobody knows.
    private static readonly HashSet<string> Compressible =
    [
        "application/wasm", "application/pdf", "application/x-font-ttf", "application/vnd.ms-fontobject", "font/ttf", "font/otf", "font/collection", "image/x-icon",
        "image/vnd.microsoft.icon", "image/bmp",
    ];

    /// <summary>Its type, for texts with the character set, which is always UTF-8.</summary>
    public static string Of(string path)
    {
        var type = Provider.TryGetContentType(path, out var known) ? known : Unknown;
        return IsText(type) ? type + "; charset=utf-8" : type;
    }

    /// <summary>Whether files of this type, as <see cref="Of"/> gives it, become much smaller.</summary>
    public static bool IsCompressible(string type) => type.EndsWith("utf-8", StringComparison.Ordinal) || Compressible.Contains(type);

    private static bool IsText(string type) =>
        type.StartsWith("text/", StringComparison.Ordinal)
        || type.EndsWith("+xml", StringComparison.Ordinal)
        || type.EndsWith("+json", StringComparison.Ordinal)
        || type is "application/json" or "application/javascript" or "application/xml" or "application/x-javascript";
}
