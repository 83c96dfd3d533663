using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Database;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Health;

/// <summary>What the command-line client shows of an installation.</summary>
public sealed class StatusFunction(Authenticator authenticator, DatabaseHealth database, WorkerLeases supervisors)
{
    private static readonly string Version =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary><c>GET /api/v1/status</c>: any user; the runtime is online while a supervisor is.</summary>
    [Function("Status")]
    public async Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/status")] HttpRequest request)
    {
        await authenticator.RequireAsync(request);
        var reachable = await database.IsReachableAsync(request.HttpContext.RequestAborted);
        var supervised = reachable && await supervisors.AnyAliveAsync(request.HttpContext.RequestAborted);
        return TypedResults.Json(
            new StatusBody(
                new RuntimeState(Version, Word(supervised)),
                new PostgresState(Word(reachable), null, null),
                new ForgeState(Word(false), null)),
            ApiJson.Plain.StatusBody);
    }

    private static string Word(bool online) => online ? "online" : "offline";
}
