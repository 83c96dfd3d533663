using System.Text.Json;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.SupervisorHost.Data;

/// <summary>Reads and writes the rows of an app's entities, with the app's own authority: nobody's permissions are asked for.</summary>
public interface IRowStore
{
    /// <summary>Adds a row; returns it as JSON.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="entity">One that its manifest declares.</param>
    /// <param name="data">An object of fields and values.</param>
    /// <param name="actor">Who is on record for it.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RefusedException">It can't be; the text is for the app's developer.</exception>
    Task<string> InsertAsync(string appId, string entity, JsonElement data, RowActor actor, CancellationToken cancellationToken);

    /// <summary>The rows that fit, as a JSON array; with <paramref name="onlyFirst"/> one of them, or <c>null</c>.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="entity">One that its manifest declares.</param>
    /// <param name="where">What they have to fit, null for all.</param>
    /// <param name="onlyFirst">Whether one is enough.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RefusedException">It can't be; the text is for the app's developer.</exception>
    Task<string> FindAsync(string appId, string entity, JsonElement? where, bool onlyFirst, CancellationToken cancellationToken);

    /// <summary>Changes the row whose <c>id</c> is among the data; returns it as JSON.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="entity">One that its manifest declares.</param>
    /// <param name="data">An object: the id, and fields with their new values.</param>
    /// <param name="actor">Who is on record for it.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RefusedException">It can't be, or there is none; the text is for the app's developer.</exception>
    Task<string> UpdateAsync(string appId, string entity, JsonElement data, RowActor actor, CancellationToken cancellationToken);

    /// <summary>Deletes a row; false if it is not there.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="entity">One that its manifest declares.</param>
    /// <param name="id">The row's id as text.</param>
    /// <param name="actor">Who is on record for it.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RefusedException">It can't be; the text is for the app's developer.</exception>
    Task<bool> DeleteAsync(string appId, string entity, string id, RowActor actor, CancellationToken cancellationToken);
}
