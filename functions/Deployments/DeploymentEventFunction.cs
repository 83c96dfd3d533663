using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Core.Deployments;
using RootCx.Functions.Api;

namespace RootCx.Functions.Deployments;

/// <summary>Streams how deployments come along.</summary>
public sealed class DeploymentEventFunction(DeploymentEvents events, DeploymentHistory history, Authenticator authenticator, EventStream stream)
{
    /// <summary>
    /// <c>GET /api/v1/apps/{appId}/deployments/{version}/events</c>: server-sent events from the beginning, or after <c>Last-Event-ID</c>: <c>received</c>, <c>unpacked</c>,
    /// <c>installing</c>, <c>starting</c>, and as the last one <c>live</c> or <c>failed</c>, which says why. Needs <c>*</c> or <c>app:{appId}:*</c>.
    /// </summary>
    [Function("DeploymentEvents")]
    public async Task Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/deployments/{version}/events")] HttpRequest request, string appId, string version)
    {
        await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        var number = VersionNumber.Require(version);
        await history.GetAsync(appId, number, request.HttpContext.RequestAborted); // it is there
        var after = EventStream.LastId(request);
        await stream.WriteAsync(request, from: null, over => FollowAsync(appId, number, after, over));
    }

    private async IAsyncEnumerable<string> FollowAsync(string appId, int version, long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var steps in events.FollowAsync(appId, version, after, cancellationToken))
        {
            yield return string.Concat(steps.Select(
                step => EventStream.Event(step.Id, new DeploymentEventBody(step.Step.Name(), step.At, step.Error), ApiJson.Plain.DeploymentEventBody)));
        }
    }
}

/// <summary>The data of one event.</summary>
internal sealed record DeploymentEventBody(
    string State, DateTime At, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error);
