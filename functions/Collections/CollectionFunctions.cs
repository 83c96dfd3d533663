using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Collections;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Collections;

/// <summary>The rows of an app's entities. A row is a JSON object of all columns; times are in UTC.</summary>
public sealed class CollectionFunctions(RowReader reader, RowWriter writer, CollectionAccess access, IOptions<ApiOptions> options)
{
    private const string Base = "api/v1/apps/{appId}/collections/{entity}";

    /// <summary>
    /// <c>GET …/collections/{entity}</c> → 200: a bare array of all rows, streamed; any parameter but <c>limit offset sort order linked</c> is a field that must have
    /// this value. Newest first unless <c>sort</c> and <c>order=asc</c> say otherwise. Needs <c>.read</c>.
    /// </summary>
    [Function("CollectionList")]
    public async Task List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Base)] HttpRequest request, string appId, string entity)
    {
        var call = await access.RequireAsync(request, appId, entity, ["read"]);
        var query = request.Query.SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? "")));
        var list = new ListRequest(call.Table.Entity, query, LinkedApps.Parse(request.Query["linked"], call.Grants));
        await RowStream.WriteAsync(request.HttpContext, (write, cancellationToken) => reader.ListAsync(call.Table, list, write, cancellationToken));
    }

    /// <summary>
    /// <c>POST …/collections/{entity}</c>: an object → 201 the row. With <c>?onConflict=f1,f2</c> a row with the same values in these fields, which a unique
    /// constraint must be on, is changed instead: 200. Needs <c>.create</c>, and <c>.update</c> for that.
    /// </summary>
    [Function("CollectionCreate")]
    public async Task<IResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base)] HttpRequest request, string appId, string entity)
    {
        var call = await access.RequireAsync(request, appId, entity, Upserts(request) ? ["create", "update"] : ["create"]);
        var onConflict = OnConflict(request);
        using var body = await JsonBody.ReadObjectAsync(request, options.Value.JsonBodyBytes);
        var row = await writer.CreateAsync(call.Table, body.RootElement, call.Actor, onConflict, request.HttpContext.RequestAborted);
        return RowResult.Of(row.Json, row.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary><c>POST …/collections/{entity}/bulk</c>: an array of 1 to 1000 objects → 201 the rows in this order, all or none. <c>?onConflict</c> as for one.</summary>
    [Function("CollectionCreateMany")]
    public async Task<IResult> CreateMany([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/bulk")] HttpRequest request, string appId, string entity)
    {
        var call = await access.RequireAsync(request, appId, entity, Upserts(request) ? ["create", "update"] : ["create"]);
        var onConflict = OnConflict(request);
        using var body = await JsonBody.ReadArrayAsync(request, options.Value.JsonBodyBytes);
        var rows = await writer.CreateManyAsync(call.Table, body.RootElement, call.Actor, onConflict, request.HttpContext.RequestAborted);
        return RowResult.Of(rows, StatusCodes.Status201Created);
    }

    /// <summary>
    /// <c>POST …/collections/{entity}/query</c>: <c>{where?, orderBy?, order?, limit?, offset?, linked?, select?, cursor?, aggregate?, groupBy?}</c> → 200
    /// <c>{data, total}</c>; with <c>cursor</c> <c>{data, nextCursor}</c>; with <c>aggregate</c> <c>{data}</c>. Needs <c>.read</c>.
    /// </summary>
    [Function("CollectionQuery")]
    public async Task<IResult> Query([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Base + "/query")] HttpRequest request, string appId, string entity)
    {
        var call = await access.RequireAsync(request, appId, entity, ["read"]);
        using var body = await JsonBody.ReadObjectAsync(request, options.Value.JsonBodyBytes);
        return RowResult.Of(await reader.QueryAsync(call.Table, body.RootElement, call.Grants, request.HttpContext.RequestAborted));
    }

    /// <summary><c>GET …/collections/{entity}/{id}</c> → 200 the row, its <c>updated_at</c> as <c>ETag</c>; 404. Needs <c>.read</c>.</summary>
    [Function("CollectionRecord")]
    public async Task<IResult> Find([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Base + "/{id}")] HttpRequest request, string appId, string entity, string id)
    {
        var call = await access.RequireAsync(request, appId, entity, ["read"], id);
        return RowResult.Of(await reader.FindAsync(call.Table, call.Id!, request.HttpContext.RequestAborted)); // it is about one
    }

    /// <summary>
    /// <c>PATCH …/collections/{entity}/{id}</c>: an object of what changes → 200 the row, 404; with <c>If-Match: "{updated_at}"</c> 412 if it has changed since.
    /// Needs <c>.update</c>.
    /// </summary>
    [Function("CollectionUpdate")]
    public async Task<IResult> Update([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Base + "/{id}")] HttpRequest request, string appId, string entity, string id)
    {
        var call = await access.RequireAsync(request, appId, entity, ["update"], id);
        using var body = await JsonBody.ReadObjectAsync(request, options.Value.JsonBodyBytes);
        return RowResult.Of(await writer.UpdateAsync(call.Table, call.Id!, body.RootElement, call.Actor, Expected(request), request.HttpContext.RequestAborted));
    }

    /// <summary><c>DELETE …/collections/{entity}/{id}</c> → 200, 404, 409 while others point to it; <c>If-Match</c> as for a change. Needs <c>.delete</c>.</summary>
    [Function("CollectionDelete")]
    public async Task<IResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Base + "/{id}")] HttpRequest request, string appId, string entity, string id)
    {
        var call = await access.RequireAsync(request, appId, entity, ["delete"], id);
        await writer.DeleteAsync(call.Table, call.Id!, call.Actor, Expected(request), request.HttpContext.RequestAborted);
        return ApiResult.Message($"record '{id}' deleted");
    }

    private static RowVersion Expected(HttpRequest request) => RowVersion.Parse(request.Headers.IfMatch);

    private static bool Upserts(HttpRequest request) => request.Query.ContainsKey("onConflict");

    private static string[]? OnConflict(HttpRequest request)
    {
        if (!Upserts(request))
        {
            return null;
        }

        if (request.Headers.IfMatch.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid, "If-Match can't be combined with onConflict: change the record with PATCH");
        }

        return request.Query["onConflict"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } fields
            ? fields
            : throw new RefusedException(Refusal.Invalid, "onConflict must name fields that a unique constraint is on, with commas between");
    }
}
