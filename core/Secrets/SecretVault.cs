using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Secrets;

/// <summary>The stored values, encrypted on the way in and decrypted on the way out. Nothing of them is kept in memory here.</summary>
public sealed class SecretVault(DataKeys keys)
{
    private const string Columns = $"{DataKeyRow.Columns}, s.name, s.nonce, s.ciphertext";

    /// <summary>Stores a value in the place of the one of that name.</summary>
    internal async Task PutAsync(NpgsqlConnection connection, string scope, string name, string value, NpgsqlTransaction? transaction = null)
    {
        var key = await keys.GetOrMakeAsync(connection, scope, transaction);
        var encrypted = SecretCipher.Encrypt(key, Encoding.UTF8.GetBytes(value), BoundTo(scope, name));
        await connection.ExecuteAsync(
            """
            insert into secrets (scope, name, nonce, ciphertext) values (@scope, @name, @Nonce, @Bytes)
            on conflict (scope, name) do update set nonce = excluded.nonce, ciphertext = excluded.ciphertext, updated_at = now()
            """,
            new { scope, name, encrypted.Nonce, encrypted.Bytes },
            transaction);
    }

    /// <summary>One value, or null.</summary>
    internal async Task<string?> FindAsync(NpgsqlConnection connection, string scope, string name, NpgsqlTransaction? transaction = null)
    {
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns} from secrets s join secret_scopes k using (scope) where s.scope = @scope and s.name = @name", new { scope, name }, transaction);
        return row is null ? null : Decrypt(keys.Open(row), row);
    }

    /// <summary>The values that users set, by scope and name.</summary>
    /// <exception cref="RefusedException">One of them can't be decrypted (500).</exception>
    internal async Task<ILookup<string, KeyValuePair<string, string>>> ReadAsync(NpgsqlConnection connection, params string[] scopes)
    {
        var rows = await connection.QueryAsync<Row>(
            $"""
            select {Columns} from secrets s join secret_scopes k using (scope)
            where s.scope = any(@scopes) and not starts_with(s.name, @ReservedPrefix)
            order by s.name collate "C"
            """,
            new { scopes, SecretName.ReservedPrefix });
        return rows
            .GroupBy(row => row.Scope)
            .SelectMany(scope =>
            {
                var key = keys.Open(scope.First());
                return scope.Select(row => (row.Scope, Secret: KeyValuePair.Create(row.Name, Decrypt(key, row))));
            })
            .ToLookup(secret => secret.Scope, secret => secret.Secret);
    }

    private static string Decrypt(byte[] key, Row row)
    {
        try
        {
            return Encoding.UTF8.GetString(SecretCipher.Decrypt(key, new Ciphertext(row.Nonce, row.Ciphertext), BoundTo(row.Scope, row.Name)));
        }
        catch (CryptographicException)
        {
            throw new RefusedException(
                Refusal.Failed, $"secret '{row.Name}' of '{row.Scope}' can't be decrypted: what is stored is not what was written for it; set it again");
        }
    }

    // Neither scopes nor names have a slash in them.
    private static string BoundTo(string scope, string name) => $"rootcx/secret/{scope}/{name}";

    private sealed class Row : DataKeyRow
    {
        public string Name { get; init; } = "";

        public byte[] Nonce { get; init; } = [];

        public byte[] Ciphertext { get; init; } = [];
    }
}
