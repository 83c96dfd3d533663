using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Doorbells;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

/// <summary>Several instances, each with master keys of its own, on one database.</summary>
public sealed class SecretStoreTests(PlatformStack stack)
{
    private static readonly Actor Actor = new(null, "test@example.com", null);

    private static readonly string Old = new('a', 64);
    private static readonly string New = new('B', 64);

    [Fact]
    public async Task A_value_is_encrypted_anew_each_time_and_what_was_tampered_with_is_told_and_not_given()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        var store = tables.Instance(Old).Store;
        await store.SetAsync(Actor, "crm", "TOKEN", "value", TestContext.Current.CancellationToken);
        var first = await tables.CiphertextAsync("crm", "TOKEN");
        await store.SetAsync(Actor, "crm", "TOKEN", "value", TestContext.Current.CancellationToken);
        Assert.NotEqual(first, await tables.CiphertextAsync("crm", "TOKEN"));
        Assert.Equal("value", (await store.ValuesAsync(Actor, "crm", TestContext.Current.CancellationToken))["TOKEN"]);

        foreach (var change in new[]
        {
            "update secrets set ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)",
            "update secrets set nonce = set_byte(nonce, 0, get_byte(nonce, 0) # 1)",
            "update secrets set ciphertext = substr(ciphertext, 1, 8)",
        })
        {
            await store.SetAsync(Actor, "crm", "TOKEN", "value", TestContext.Current.CancellationToken);
            await tables.ExecuteAsync(change);
            await RefusedAsync(
                store.ValuesAsync(Actor, "crm", TestContext.Current.CancellationToken),
                "secret 'TOKEN' of 'crm' can't be decrypted: what is stored is not what was written for it; set it again");
        }
    }

    [Fact]
    public async Task A_ciphertext_that_is_moved_to_another_name_or_a_key_to_another_app_decrypts_to_nothing()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        var store = tables.Instance(Old).Store;
        await store.SetAsync(Actor, "crm", "TOKEN", "value", TestContext.Current.CancellationToken);
        await store.SetAsync(Actor, "hr", "TOKEN", "value", TestContext.Current.CancellationToken);

        await tables.ExecuteAsync("insert into secrets (scope, name, nonce, ciphertext) select scope, 'OTHER', nonce, ciphertext from secrets where scope = 'crm'");
        await RefusedAsync(store.ValuesAsync(Actor, "crm", TestContext.Current.CancellationToken), "secret 'OTHER' of 'crm' can't be decrypted");
        await tables.ExecuteAsync("delete from secrets where name = 'OTHER'");

        await tables.ExecuteAsync("update secrets t set nonce = f.nonce, ciphertext = f.ciphertext from secrets f where f.scope = 'crm' and t.scope = 'hr'");
        await RefusedAsync(store.ValuesAsync(Actor, "hr", TestContext.Current.CancellationToken), "secret 'TOKEN' of 'hr' can't be decrypted");

        // With its key as well.
        await tables.ExecuteAsync("update secret_scopes t set nonce = f.nonce, wrapped_key = f.wrapped_key from secret_scopes f where f.scope = 'crm' and t.scope = 'hr'");
        await RefusedAsync(store.ValuesAsync(Actor, "hr", TestContext.Current.CancellationToken), "the data key of 'hr' can't be decrypted");
        Assert.Equal("value", (await store.ValuesAsync(Actor, "crm", TestContext.Current.CancellationToken))["TOKEN"]);
    }

    [Fact]
    public async Task A_wrong_master_key_is_told_by_the_ids_of_both_and_writes_nothing()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        await tables.Instance(Old).Store.SetAsync(Actor, "crm", "TOKEN", "value", TestContext.Current.CancellationToken);
        var wrong = tables.Instance(New);
        var error = $"the secrets of 'crm' are encrypted under the master key {tables.Instance(Old).Keys.PresentId}, and Secrets:MasterKey is {wrong.Keys.PresentId}: "
            + "set the right one, or add the old one to Secrets:PreviousMasterKeys";
        await RefusedAsync(wrong.Store.ForWorkerAsync("crm", TestContext.Current.CancellationToken), error);
        await RefusedAsync(wrong.Store.SetAsync(Actor, "crm", "TOKEN", "other", TestContext.Current.CancellationToken), error);
        Assert.Equal(["TOKEN"], await wrong.Store.NamesAsync("crm", TestContext.Current.CancellationToken));
        Assert.Equal("value", (await tables.Instance(Old).Store.ValuesAsync(Actor, "crm", TestContext.Current.CancellationToken))["TOKEN"]);
    }

    [Fact]
    public async Task Rotation_changes_no_value_can_be_done_by_several_at_once_and_leaves_nothing_for_the_old_key()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        var old = tables.Instance(Old);
        foreach (var app in Enumerable.Range(0, 40).Select(number => $"app{number}"))
        {
            await old.Store.SetAsync(Actor, app, "TOKEN", $"of {app}", TestContext.Current.CancellationToken);
        }

        var values = await tables.CiphertextAsync("app7", "TOKEN");
        var one = tables.Instance(New, Old);
        var two = tables.Instance(New, Old);
        var stillOld = tables.Instance(Old, New); // knows the new one already, as every instance should before any uses it
        Assert.Equal("of app7", (await one.Store.ValuesAsync(Actor, "app7", TestContext.Current.CancellationToken))["TOKEN"]);

        using var reading = new CancellationTokenSource();
        var reader = ReadUntilAsync(stillOld.Store, reading.Token);
        var counts = await Task.WhenAll(
            Task.Run(() => one.DataKeys.RewrapAsync(Actor, TestContext.Current.CancellationToken)),
            Task.Run(() => two.DataKeys.RewrapAsync(Actor, TestContext.Current.CancellationToken)));
        await reading.CancelAsync();
        await reader;

        Assert.Equal(40, counts.Sum());
        Assert.Equal(0, await one.DataKeys.RewrapAsync(Actor, TestContext.Current.CancellationToken));
        Assert.Equal(values, await tables.CiphertextAsync("app7", "TOKEN"));
        var onlyNew = tables.Instance(New);
        Assert.Equal("of app7", (await onlyNew.Store.ValuesAsync(Actor, "app7", TestContext.Current.CancellationToken))["TOKEN"]);
        await RefusedAsync(old.Store.ValuesAsync(Actor, "app7", TestContext.Current.CancellationToken), "the secrets of 'app7' are encrypted under the master key");
    }

    [Fact]
    public async Task Rotation_does_what_it_can_and_names_the_master_keys_that_are_missing()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        var lost = tables.Instance(new string('c', 64));
        await lost.Store.SetAsync(Actor, "crm", "TOKEN", "value", TestContext.Current.CancellationToken);
        await tables.Instance(Old).Store.SetAsync(Actor, "hr", "TOKEN", "value", TestContext.Current.CancellationToken);
        await RefusedAsync(
            tables.Instance(New, Old).DataKeys.RewrapAsync(Actor, TestContext.Current.CancellationToken),
            $"1 data keys were encrypted anew; 1 are under other master keys, which are not there: add {lost.Keys.PresentId} to Secrets:PreviousMasterKeys");
        Assert.Equal("value", (await tables.Instance(New).Store.ValuesAsync(Actor, "hr", TestContext.Current.CancellationToken))["TOKEN"]);
    }

    [Fact]
    public async Task A_worker_gets_the_platforms_secrets_with_the_apps_own_over_them_and_each_change_raises_the_revision()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        var store = tables.Instance(Old).Store;
        Assert.Equal((0L, 0), await StateAsync());
        await store.SetAsync(Actor, SecretName.PlatformScope, "BOTH", "platform", TestContext.Current.CancellationToken);
        await store.SetAsync(Actor, SecretName.PlatformScope, "ONE", "platform", TestContext.Current.CancellationToken);
        await store.SetAsync(Actor, "crm", "BOTH", "app", TestContext.Current.CancellationToken);
        await store.SetAsync(Actor, "hr", "OTHER", "other", TestContext.Current.CancellationToken);
        var secrets = await store.ForWorkerAsync("crm", TestContext.Current.CancellationToken);
        Assert.Equal(["BOTH=app", "ONE=platform"], secrets.Values.Select(secret => $"{secret.Key}={secret.Value}").Order());
        Assert.Equal((3L, 2), await StateAsync());
        await store.DeleteAsync(Actor, "crm", "BOTH", TestContext.Current.CancellationToken);
        Assert.Equal((4L, 2), await StateAsync());
        Assert.Equal("platform", (await store.ForWorkerAsync("crm", TestContext.Current.CancellationToken)).Values["BOTH"]);
        Assert.Null(await store.DeleteAsync(Actor, "crm", "BOTH", TestContext.Current.CancellationToken));
        Assert.Null(await store.DeleteAsync(Actor, "nobody", "BOTH", TestContext.Current.CancellationToken));
        Assert.Equal((4L, 2), await StateAsync());

        async Task<(long Revision, int Count)> StateAsync()
        {
            var state = await store.ForWorkerAsync("crm", TestContext.Current.CancellationToken);
            return (state.Revision, state.Values.Count);
        }
    }

    [Fact]
    public async Task First_values_of_an_app_that_come_at_once_share_one_key()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        var store = tables.Instance(Old).Store;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => store.SetAsync(Actor, "crm", $"N{number}", $"value {number}", TestContext.Current.CancellationToken)));
        var values = await store.ValuesAsync(Actor, "crm", TestContext.Current.CancellationToken);
        Assert.Equal(12, values.Count);
        Assert.All(values, secret => Assert.Equal($"value {secret.Key[1..]}", secret.Value));
    }

    [Fact]
    public async Task An_apps_database_password_is_its_own_survives_a_rotation_and_is_the_derived_one_where_the_role_was_there_before()
    {
        await using var tables = await SecretTables.CreateAsync(stack);
        string derived = App.NewId(), random = App.NewId();
        await tables.ExecuteAsync($"create role \"rootcx_app_{derived}\"");
        var old = tables.Instance(Old);
        var adopted = await tables.AppDatabase(old).EnsureAsync(derived, TestContext.Current.CancellationToken);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromHexString(Old), 32, info: Encoding.UTF8.GetBytes($"app-database:{derived}"));
        Assert.Equal(Convert.ToHexStringLower(key), adopted.Password);

        var made = await tables.AppDatabase(old).EnsureAsync(random, TestContext.Current.CancellationToken);
        Assert.Matches("^[0-9a-f]{64}\\z", made.Password);
        Assert.NotEqual(adopted.Password, made.Password);
        var rotated = tables.Instance(New, Old);
        Assert.Equal(2, await rotated.DataKeys.RewrapAsync(Actor, TestContext.Current.CancellationToken));
        foreach (var (app, access) in new[] { (derived, adopted), (random, made) })
        {
            Assert.Equal(access, await tables.AppDatabase(tables.Instance(New)).EnsureAsync(app, TestContext.Current.CancellationToken));
            await using var login = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(tables.ConnectionString) { Username = $"rootcx_app_{app}", Password = access.Password }.ConnectionString);
            await using var who = login.CreateCommand("select current_schema()");
            Assert.Equal(app, await who.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        Assert.Empty(await rotated.Store.NamesAsync(random, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("", "Secrets:MasterKey (or ROOTCX_MASTER_KEY) is required")]
    [InlineData("abc", "Secrets:MasterKey (or ROOTCX_MASTER_KEY) must be 32 bytes in hex (64 digits).")]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://x)", "Secrets:MasterKey (or ROOTCX_MASTER_KEY) is a Key Vault reference that was not resolved")]
    public void A_master_key_that_is_none_is_told(string key, string error)
    {
        var validated = new DataAnnotationValidateOptions<SecretOptions>(null).Validate(null, new SecretOptions { MasterKey = key });
        Assert.Contains(error, validated.FailureMessage, StringComparison.Ordinal);
        Assert.True(key.Length == 0 || !validated.FailureMessage!.Contains(key, StringComparison.Ordinal));
        var previous = new DataAnnotationValidateOptions<SecretOptions>(null).Validate(null, new SecretOptions { MasterKey = Old, PreviousMasterKeys = [New, "xyz"] });
        Assert.Contains("Secrets:PreviousMasterKeys:1 must be 32 bytes in hex (64 digits).", previous.FailureMessage, StringComparison.Ordinal);
    }

    private static async Task ReadUntilAsync(SecretStore store, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Assert.Equal("of app7", (await store.ValuesAsync(Actor, "app7", CancellationToken.None))["TOKEN"]);
            Assert.Equal("of app39", (await store.ForWorkerAsync("app39", CancellationToken.None)).Values["TOKEN"]);
        }
    }

    private static async Task RefusedAsync(Task task, string error)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => task);
        Assert.Equal(Refusal.Failed, refused.Refusal);
        Assert.StartsWith(error, refused.Message, StringComparison.Ordinal);
    }

    private sealed record Instance(MasterKeys Keys, DataKeys DataKeys, SecretVault Vault, SecretStore Store);

    private sealed class SecretTables : IAsyncDisposable
    {
        private readonly EmptyPlatform _platform;
        private readonly NpgsqlDataSource _database;
        private readonly Doorbell _doorbell;

        private SecretTables(EmptyPlatform platform)
        {
            _platform = platform;
            _database = NpgsqlDataSource.Create($"{platform.ConnectionString};Search Path=rootcx_system");
            _doorbell = new Doorbell(_database, TimeProvider.System, NullLogger<Doorbell>.Instance);
        }

        public string ConnectionString => _platform.ConnectionString;

        public static async Task<SecretTables> CreateAsync(PlatformStack stack) => new(await EmptyPlatform.CreateAsync(stack));

        public Instance Instance(string masterKey, params string[] previous)
        {
            var masters = new MasterKeys(Options.Create(new SecretOptions { MasterKey = masterKey, PreviousMasterKeys = previous }));
            var keys = new DataKeys(_database, masters);
            var vault = new SecretVault(keys);
            return new Instance(masters, keys, vault, new SecretStore(_database, vault, _doorbell));
        }

        public AppDatabase AppDatabase(Instance instance) => new(
            _database, _platform.Get<IConfiguration>(), instance.Vault, instance.Store, instance.Keys, Options.Create(new AppOptions()));

        public async Task ExecuteAsync(string sql)
        {
            await using var connection = await _database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await connection.ExecuteAsync(sql);
        }

        public async Task<string> CiphertextAsync(string scope, string name)
        {
            await using var connection = await _database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            return await connection.QuerySingleAsync<string>("select encode(ciphertext, 'hex') from secrets where scope = @scope and name = @name", new { scope, name });
        }

        public async ValueTask DisposeAsync()
        {
            await _doorbell.DisposeAsync();
            await _database.DisposeAsync();
            await _platform.DisposeAsync();
        }
    }
}
