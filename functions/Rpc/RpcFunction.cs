using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
using RootCx.Core.Errors;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Rpc;

/// <summary>Calls apps' handlers.</summary>
public sealed class RpcFunction(RpcClient channel, WorkerDirectory workers, Authenticator authenticator, IOptions<ApiOptions> options)
{
    /// <summary>Longest name of a method, in UTF-16 units.</summary>
    public const int LongestMethod = 1024;

    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/rpc</c> <c>{method, params?}</c> → 200 with the handler's value as it is; 500 with the handler's or the platform's error,
    /// the <c>X-RootCX-Error</c> header saying which; 503 when there are more calls than can be served. Any signed-in user; what a caller may do is the
    /// handler's business.
    /// </summary>
    [Function("Rpc")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/rpc")] HttpRequest request, string appId)
    {
        var caller = await authenticator.RequireAsync(request);
        AppId.Require(appId);
        var (method, parameters) = await ReadCallAsync(request);
        var outcome = await CallAsync(appId, method, parameters, caller, request.HttpContext.RequestAborted);
        return outcome.Error is null
            ? TypedResults.Bytes(outcome.Result, "application/json")
            : throw new RefusedException(outcome.Code == RpcErrors.Overloaded ? Refusal.Unavailable : Refusal.Failed, outcome.Error) { Code = outcome.Code };
    }

    private async Task<RpcOutcome> CallAsync(
        string appId, string method, ReadOnlyMemory<byte> parameters, Caller caller, CancellationToken cancellationToken)
    {
        var worker = await workers.FindAsync(appId, cancellationToken)
            ?? throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        if (worker.LiveVersion is null)
        {
            return RpcErrors.NoWorker(appId);
        }

        return worker.Hosts.ToList() switch
        {
            [] when !worker.WantRunning => RpcErrors.WorkerNotRunning,
            [] => throw new RefusedException(Refusal.Unavailable, "runtime not ready"),
            var hosts => await channel.CallAsync(hosts, appId, method, parameters, caller, cancellationToken),
        };
    }

    private async Task<(string Method, ReadOnlyMemory<byte> Parameters)> ReadCallAsync(HttpRequest request)
    {
        using var body = await JsonBody.ReadObjectAsync(request, options.Value.JsonBodyBytes);
        var method = body.RootElement.TryGetProperty("method", out var value) && value.ValueKind == JsonValueKind.String
            ? body.RequireString("method")
            : throw new RefusedException(Refusal.Invalid, "missing 'method'");
        if (method.Length > LongestMethod)
        {
            throw new RefusedException(Refusal.Invalid, $"'method' is longer than {LongestMethod} characters");
        }

        return (method, ParametersOf(body));
    }

    private static ReadOnlyMemory<byte> ParametersOf(JsonDocument body)
    {
        return body.RootElement.TryGetProperty("params", out var given) && given.ValueKind != JsonValueKind.Null
            ? JsonMarshal.GetRawUtf8Value(given).ToArray()
            : "{}"u8.ToArray();
    }
}
