using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Secrets;

/// <summary>One key for each scope, made when the scope gets its first value. Changing the master key changes how these are stored, and no value.</summary>
public sealed class DataKeys(NpgsqlDataSource database, MasterKeys masters)
{
    /// <summary>
    /// Encrypts under the present master key what is encrypted under another one. Values stay as they are and can be read all the while; any number of
    /// instances may do this at once, and each counts what it did itself.
    /// </summary>
    /// <returns>How many data keys this call encrypted anew.</returns>
    /// <exception cref="RefusedException">Some are under a master key that is not there (500); the others are done.</exception>
    public async Task<int> RewrapAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<DataKeyRow>(
            $"select {DataKeyRow.Columns} from secret_scopes k where master_key_id <> @PresentId order by scope", new { masters.PresentId });
        var byReadability = rows.ToLookup(row => masters.Has(row.MasterKeyId));
        var rewrapped = 0;
        foreach (var row in byReadability[true])
        {
            var wrapped = masters.Wrap(row.Scope, Open(row));

            // Whoever was first has written other bytes.
            rewrapped += await connection.ExecuteAsync(
                """
                update secret_scopes set master_key_id = @MasterKeyId, nonce = @Nonce, wrapped_key = @Bytes
                where scope = @Scope and wrapped_key = @WrappedKey
                """,
                new { row.Scope, row.WrappedKey, wrapped.MasterKeyId, wrapped.Key.Nonce, wrapped.Key.Bytes });
        }

        await AuditTrail.RecordAsync(
            connection, actor, AuditActions.SecretsRotated, detail: new JsonObject { ["rewrapped"] = rewrapped, ["masterKeyId"] = masters.PresentId },
            cancellationToken: cancellationToken);
        return byReadability[false].Select(row => row.MasterKeyId).Distinct().ToList() is { Count: > 0 } missing
            ? throw new RefusedException(
                Refusal.Failed,
                $"{rewrapped} data keys were encrypted anew; {byReadability[false].Count()} are under other master keys, which are not there: "
                + $"add {string.Join(", ", missing)} to Secrets:PreviousMasterKeys")
            : rewrapped;
    }

    /// <summary>The scope's key, made if it has none. In a transaction it stays locked until that ends.</summary>
    internal async Task<byte[]> GetOrMakeAsync(NpgsqlConnection connection, string scope, NpgsqlTransaction? transaction)
    {
        const string Locked = $"select {DataKeyRow.Columns} from secret_scopes k where scope = @scope for no key update";
        if (await connection.QuerySingleOrDefaultAsync<DataKeyRow>(Locked, new { scope }, transaction) is { } present)
        {
            return Open(present);
        }

        var made = masters.Wrap(scope, RandomNumberGenerator.GetBytes(SecretCipher.KeyBytes));
        await connection.ExecuteAsync(
            """
            insert into secret_scopes (scope, master_key_id, nonce, wrapped_key) values (@scope, @MasterKeyId, @Nonce, @Bytes)
            on conflict (scope) do nothing
            """,
            new { scope, made.MasterKeyId, made.Key.Nonce, made.Key.Bytes },
            transaction);
        return Open(await connection.QuerySingleAsync<DataKeyRow>(Locked, new { scope }, transaction)); // this one, or that of whoever was first
    }

    /// <summary>The key in a row.</summary>
    /// <exception cref="RefusedException">It can't be decrypted (500).</exception>
    internal byte[] Open(DataKeyRow row) => masters.Unwrap(row.Scope, new WrappedKey(row.MasterKeyId, new Ciphertext(row.KeyNonce, row.WrappedKey)));
}

/// <summary>A scope's data key as it is stored.</summary>
internal class DataKeyRow
{
    /// <summary>What to select, of <c>secret_scopes k</c>.</summary>
    public const string Columns = "k.scope, k.master_key_id, k.nonce as key_nonce, k.wrapped_key";

    public string Scope { get; init; } = "";

    public string MasterKeyId { get; init; } = "";

    public byte[] KeyNonce { get; init; } = [];

    public byte[] WrappedKey { get; init; } = [];
}
