using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using RootCx.Core.Frontends;

namespace RootCx.Functions.Frontends;

/// <summary>Chooses in which encoding a file is sent.</summary>
internal static class AcceptedEncoding
{
    public const string Brotli = "br";
    public const string Gzip = "gzip";

    private const string Any = "*";

    /// <summary>
    /// What the client likes best of what there is, and of that the smallest; null for the content as it is, which everybody gets who takes nothing else (RFC 9110, 12.5.3), and who
    /// asks for a part of it.
    /// </summary>
    public static string? Of(HttpRequest request, FrontendFile file)
    {
        if (!file.HasVariants || request.Headers.Range.Count > 0 || !StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            return null;
        }

        var (best, quality) = ((string?)null, QualityOf("identity", accepted, otherwise: double.Epsilon));
        foreach (var encoding in (ReadOnlySpan<string>)[Gzip, Brotli])
        {
            if ((encoding == Gzip ? file.Gzip : file.Brotli) is not null && QualityOf(encoding, accepted, otherwise: 0) is > 0 and var liked && liked >= quality)
            {
                (best, quality) = (encoding, liked);
            }
        }

        return best;
    }

    private static double QualityOf(string encoding, IList<StringWithQualityHeaderValue> accepted, double otherwise)
    {
        StringWithQualityHeaderValue? any = null;
        foreach (var value in accepted)
        {
            if (value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase))
            {
                return value.Quality ?? 1;
            }

            if (value.Value.Equals(Any, StringComparison.Ordinal))
            {
                any = value;
            }
        }

        return any is null ? otherwise : any.Quality ?? 1;
    }
}
