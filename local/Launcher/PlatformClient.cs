using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RootCx.Local.Launcher;

/// <summary>What the launcher itself asks the API for.</summary>
internal sealed class PlatformClient(string url) : IDisposable
{
    // For a terminal, not for a web page: letters stay letters.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Registers an account unless it is there, and signs in with it; later calls are made in its name.</summary>
    /// <param name="account">The account.</param>
    /// <param name="file">The file that holds it, for the message.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LaunchException">The account exists with another password, or the API refuses it.</exception>
    public async Task SignInAsync(AdminAccount account, string file, CancellationToken cancellation)
    {
        // Which answer comes back does not matter: "taken" is fine, and whatever else is wrong shows at the sign-in.
        var registration = new JsonObject { ["email"] = account.Email, ["password"] = account.Password, ["display_name"] = "Administrator" };
        var (registered, refusal) = await SendAsync("/api/v1/auth/register", JsonContent.Create(registration), cancellation);
        var (signedIn, answer) = await SendAsync("/api/v1/auth/login", JsonContent.Create(new JsonObject { ["email"] = account.Email, ["password"] = account.Password }), cancellation);
        if (!signedIn || answer["accessToken"]?.GetValue<string>() is not { } token)
        {
            var reason = registered ? Error(answer) : $"{Error(answer)}; registering: {Error(refusal)}";
            throw new LaunchException(
                $"The administrator {account.Email} can't sign in ({reason}). If its password is not the one in {file} or ROOTCX_ADMIN_PASSWORD, put the right one there, or choose another folder with --data.");
        }

        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Installs an app's manifest.</summary>
    /// <exception cref="LaunchException">The platform refuses it.</exception>
    public async Task InstallAsync(string app, string manifest, CancellationToken cancellation)
    {
        var (succeeded, answer) = await SendAsync("/api/v1/apps", new StringContent(manifest, MediaTypeHeaderValue.Parse("application/json")), cancellation);
        if (!succeeded)
        {
            throw new LaunchException($"The example app {app} was not installed: {Error(answer)}");
        }
    }

    /// <summary>Makes records of an app; those that are there, as their titles tell, are left or brought back to what they were.</summary>
    /// <exception cref="LaunchException">The platform refuses them.</exception>
    public async Task FillAsync(string app, string entity, JsonNode records, CancellationToken cancellation)
    {
        var (succeeded, answer) = await SendAsync($"/api/v1/apps/{app}/collections/{entity}/bulk?onConflict=title", JsonContent.Create(records), cancellation);
        if (!succeeded)
        {
            throw new LaunchException($"The example app {app} was not given its {entity}: {Error(answer)}");
        }
    }

    /// <summary>Deploys an archive as an app.</summary>
    /// <exception cref="LaunchException">The platform refuses it.</exception>
    public Task DeployAsync(string app, byte[] archive, CancellationToken cancellation) => UploadAsync(app, "deploy", archive, cancellation);

    /// <summary>Deploys an archive as an app's front end; returns where that is.</summary>
    /// <exception cref="LaunchException">The platform refuses it.</exception>
    public async Task<Uri> DeployFrontendAsync(string app, byte[] archive, CancellationToken cancellation)
    {
        var answer = await UploadAsync(app, "frontend", archive, cancellation);
        return new Uri(_http.BaseAddress!, answer["url"]!.GetValue<string>()); // set above; always there
    }

    /// <summary>Calls a method of an app.</summary>
    /// <returns>Its answer as JSON text.</returns>
    /// <exception cref="LaunchException">The call failed.</exception>
    public async Task<string> CallAsync(string app, string method, JsonObject parameters, CancellationToken cancellation)
    {
        var (succeeded, answer) = await SendAsync($"/api/v1/apps/{app}/rpc", JsonContent.Create(new JsonObject { ["method"] = method, ["params"] = parameters }), cancellation);
        return succeeded ? answer.ToJsonString(Readable) : throw new LaunchException($"{app} did not answer {method}: {Error(answer)}");
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private static string Error(JsonNode answer) => answer is JsonObject body && body["error"] is { } error ? error.ToString() : answer.ToJsonString();

    // An answer that is not JSON is taken as a text.
    private static JsonNode Read(string text, int status)
    {
        try
        {
            return JsonNode.Parse(text) ?? new JsonObject();
        }
        catch (JsonException)
        {
            return JsonValue.Create(text.Length > 0 ? text : $"status {status}");
        }
    }

    private async Task<JsonNode> UploadAsync(string app, string what, byte[] archive, CancellationToken cancellation)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(archive), "archive", $"{app}.tar.gz" } };
        var (succeeded, answer) = await SendAsync($"/api/v1/apps/{app}/{what}", form, cancellation);
        return succeeded ? answer : throw new LaunchException($"The example app {app} was not deployed: {Error(answer)}");
    }

    private async Task<(bool Succeeded, JsonNode Answer)> SendAsync(string path, HttpContent content, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
            return (response.IsSuccessStatusCode, Read(await response.Content.ReadAsStringAsync(cancellation), (int)response.StatusCode));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new LaunchException($"The API did not answer {path}: {exception.Message}", exception);
        }
    }
}
