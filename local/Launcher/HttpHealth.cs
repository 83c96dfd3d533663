namespace RootCx.Local.Launcher;

/// <summary>Asks a part over HTTP whether it works.</summary>
internal static class HttpHealth
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromSeconds(1) });

    /// <summary>Whether the address answers with success.</summary>
    public static Task<bool> SucceedsAsync(string url, CancellationToken cancellation) => AskAsync(url, answer => answer.IsSuccessStatusCode, cancellation);

    /// <summary>Whether the address answers at all.</summary>
    public static Task<bool> AnswersAsync(string url, CancellationToken cancellation) => AskAsync(url, _ => true, cancellation);

    private static async Task<bool> AskAsync(string url, Func<HttpResponseMessage, bool> judge, CancellationToken cancellation)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, cancellation);
            return judge(answer);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
