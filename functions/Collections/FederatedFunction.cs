using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Core.Collections;
using RootCx.Functions.Api;

namespace RootCx.Functions.Collections;

/// <summary>Records of one kind in all apps.</summary>
public sealed class FederatedFunction(FederatedQuery query, Authenticator authenticator, Permissions permissions, IOptions<ApiOptions> options)
{
    /// <summary>
    /// <c>POST /api/v1/federated/{identityKind}/query</c>: <c>{where?, orderBy?, order?, limit?, offset?}</c> → 200 <c>{data, total}</c>, each row with
    /// <c>_source: {app, entity}</c>. Any user; it sees what the caller may read.
    /// </summary>
    [Function("FederatedQuery")]
    public async Task<IResult> Query(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/federated/{identityKind}/query")] HttpRequest request, string identityKind)
    {
        var caller = await authenticator.RequireAsync(request);
        var cancellationToken = request.HttpContext.RequestAborted;
        using var body = await JsonBody.ReadObjectAsync(request, options.Value.JsonBodyBytes);
        return RowResult.Of(await query.RunAsync(identityKind, body.RootElement, await permissions.OfAsync(caller.UserId, cancellationToken), cancellationToken));
    }
}
