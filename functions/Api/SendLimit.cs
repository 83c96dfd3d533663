using Microsoft.AspNetCore.Http;

namespace RootCx.Functions.Api;

/// <summary>Bounds how long a client may take to read an answer.</summary>
internal static class SendLimit
{
    /// <summary>Breaks the connection off when the answer is not sent <paramref name="limit"/> from now on; the client can ask for the rest.</summary>
    public static void Set(HttpContext context, TimeSpan limit, TimeProvider time)
    {
        var late = new CancellationTokenSource(limit, time);
        late.Token.Register(context.Abort);
        context.Response.RegisterForDispose(late);
    }
}
