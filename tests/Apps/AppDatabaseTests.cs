using Dapper;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Errors;
using RootCx.Tests.Platform;
using RootCx.Tests.Schemas;
using static RootCx.Tests.Schemas.Fields;

namespace RootCx.Tests.Apps;

/// <summary>What an app's own code may do with its database login.</summary>
public sealed class AppDatabaseTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private static readonly Actor Actor = new(null, "test@example.com", null);

    [Fact]
    public async Task It_reads_and_writes_its_rows_and_makes_things_of_its_own_beside_them()
    {
        var app = await InstalledAsync();
        await using var session = await app.LogInAsync();
        await session.ExecuteAsync(
            """
            insert into deals (title) values ('one'), ('two');
            update deals set title = 'three' where title = 'two';
            delete from deals where title = 'one';
            create table own (x text); insert into own select title from deals; create index on own (x); alter table own add y text; truncate own; drop table own;
            create view titles as select title from deals;
            create function f() returns integer language sql as 'select 1';
            """);
        Assert.Equal("three", await session.ExecuteScalarAsync<string>("select title from titles where f() = 1"));
        Assert.Equal(app.Id, await session.ExecuteScalarAsync<string>("select current_schema()"));
    }

    [Fact]
    public async Task It_sees_who_the_users_are_and_no_more_of_them()
    {
        var app = await InstalledAsync();
        await app.ExecuteAsync($"insert into users (email, display_name, password_hash) values ('{app.Id}@example.com', 'Somebody', 'hash')");
        await using var session = await app.LogInAsync();
        var user = await session.QuerySingleAsync<(Guid Id, string Email, string DisplayName)>("select * from rootcx.users where email = @email", new { email = $"{app.Id}@example.com" });
        Assert.Equal("Somebody", user.DisplayName);
        Assert.Equal(0, await session.ExecuteScalarAsync<long>("select count(*) from rootcx.users where email = 'system@localhost'"));
        Assert.Equal(
            ["display_name", "email", "id"],
            await session.QueryAsync<string>("select column_name::text from information_schema.columns where table_schema = 'rootcx' order by 1"));
    }

    [Theory]
    // What is the platform's.
    [InlineData("select * from rootcx_system.users")]
    [InlineData("select password_hash from rootcx_system.users")]
    [InlineData("select * from rootcx_system.secrets")]
    [InlineData("select rootcx_system.access_changed()")]
    [InlineData("select rootcx_system.json_elements('[]')")]
    [InlineData("create table rootcx_system.x ()")]
    [InlineData("insert into rootcx.users (id, email) values (gen_random_uuid(), 'x')")]
    [InlineData("update rootcx.users set email = 'x'")]
    [InlineData("delete from rootcx.users")]
    [InlineData("create table rootcx.x ()")]
    [InlineData("create view rootcx.x as select 1")]
    [InlineData("create table public.x ()")]
    [InlineData("create schema x")]
    [InlineData("create role x")]
    [InlineData("alter role current_user superuser")]
    [InlineData("alter role current_user connection limit 500")]
    [InlineData("set role rootcx")]
    [InlineData("grant rootcx_apps to rootcx")]
    [InlineData("select * from pg_authid")]
    [InlineData("set session_replication_role = replica")]
    [InlineData("copy (select 1) to program 'true'")]
    [InlineData("create extension file_fdw")]
    [InlineData("create event trigger x on ddl_command_start execute function f()")]
    [InlineData("create publication x for all tables")]
    // The tables of its manifest.
    [InlineData("alter table deals add x text")]
    [InlineData("alter table deals rename to x")]
    [InlineData("alter table deals disable trigger all")]
    [InlineData("alter table deals enable row level security")]
    [InlineData("alter table deals owner to current_user")]
    [InlineData("drop table deals")]
    [InlineData("truncate deals")]
    [InlineData("create trigger x after insert on deals execute function f()")]
    [InlineData("create rule x as on insert to deals do instead nothing")]
    [InlineData("create policy x on deals")]
    [InlineData("create index on deals (title)")]
    [InlineData("create statistics x on id, title from deals")]
    [InlineData("create table x (deal uuid references deals)")]
    [InlineData("create table x () inherits (deals)")]
    [InlineData("comment on table deals is 'x'")]
    [InlineData("cluster deals using deals_pkey")]
    [InlineData("drop schema current_schema cascade")]
    public async Task It_may_not(string sql)
    {
        var app = await InstalledAsync();
        await using var session = await app.LogInAsync();
        await session.ExecuteAsync("create function f() returns trigger language plpgsql as 'begin return null; end'");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync(sql.Replace("current_schema", $"\"{app.Id}\"", StringComparison.Ordinal)));
        Assert.True(refused.SqlState is "42501", $"{refused.SqlState}: {refused.MessageText}");
    }

    [Fact]
    public async Task It_has_nothing_of_other_apps_and_can_give_nothing_away()
    {
        var app = await InstalledAsync();
        var other = await InstalledAsync();
        await using var session = await app.LogInAsync();
        foreach (var sql in (string[])[$"select * from \"{other.Id}\".deals", $"create table \"{other.Id}\".x ()", $"set role rootcx_app_{other.Id}"])
        {
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync(sql))).SqlState);
        }

        await session.ExecuteAsync("grant select on deals to public");
        await using var others = await other.LogInAsync();
        Assert.False(await others.ExecuteScalarAsync<bool>($"select has_table_privilege(c.oid, 'select') from pg_class c where relname = 'deals' and relnamespace = (select oid from pg_namespace where nspname = '{app.Id}')"));
    }

    [Fact]
    public async Task Everything_of_other_schemas_that_it_may_use_is_the_view_of_users()
    {
        var app = await InstalledAsync();
        await using var session = await app.LogInAsync();
        Assert.Equal(
            ["rootcx.users"],
            await session.QueryAsync<string>(
                """
                select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace
                where nspname not in ('pg_catalog', 'information_schema', current_schema) and relkind in ('r', 'v', 'm', 'f', 'p', 'S')
                  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
                """));
        Assert.Equal(["rootcx", app.Id], (await session.QueryAsync<string>(
            """
            select nspname::text from pg_namespace where has_schema_privilege(oid, 'usage, create')
              and nspname not in ('pg_catalog', 'information_schema', 'public')
            """)).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["delete", "insert", "select", "update"],
            (await session.QueryAsync<string>(
                """
                select privilege from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain']) as privilege
                where has_table_privilege('deals', privilege)
                """)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_has_so_many_connections_and_no_more()
    {
        await using var platform = await database.AnotherAsync(new Dictionary<string, string?> { ["Apps:ConnectionLimit"] = "2" });
        var app = new AppSchema(platform, App.NewId());
        await using var one = await app.LogInAsync();
        await using var two = await app.LogInAsync();
        Assert.Equal("53300", (await Assert.ThrowsAsync<PostgresException>(app.LogInAsync)).SqlState);
    }

    [Fact]
    public async Task A_schema_that_was_the_apps_own_becomes_the_platforms_and_its_tables_stay_the_apps()
    {
        var app = database.NewApp();
        await app.ExecuteAsync($"create role rootcx_app_{app.Id}; create schema {app.Id} authorization rootcx_app_{app.Id}; set role rootcx_app_{app.Id}; create table {app.Id}.notes (text text); insert into {app.Id}.notes values ('mine'); reset role");
        await using var session = await app.LogInAsync();
        Assert.Equal("mine", await session.ExecuteScalarAsync<string>("select text from notes"));
        await session.ExecuteAsync("alter table notes add more text; create table further (x text)");
        Assert.Equal("rootcx", await app.ReadAsync<string>($"select nspowner::regrole::text from pg_namespace where nspname = '{app.Id}'"));
        Assert.Equal($"rootcx_app_{app.Id}", await app.ReadAsync<string>($"select tableowner::text from pg_tables where schemaname = '{app.Id}' and tablename = 'notes'"));
        await app.ApplyAsync(Of("deals").Built);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => app.ApplyAsync(Of("notes").Built));
        Assert.Contains("a table 'notes' that the app made by itself", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apps_that_are_made_at_once_and_one_that_is_made_by_many_get_what_they_need()
    {
        await using var another = await database.Platform.AnotherAsync();
        var apps = Enumerable.Range(0, 20).Select(_ => App.NewId()).ToList();
        await Task.WhenAll(apps.SelectMany(app => new[] { new AppSchema(database.Platform, app).AccessAsync(), new AppSchema(another, app).AccessAsync() }));
        foreach (var app in apps)
        {
            await using var session = await new AppSchema(another, app).LogInAsync();
            Assert.Equal(app, await session.ExecuteScalarAsync<string>("select current_schema() from (select count(*) from rootcx.users) as seen"));
        }
    }

    [Fact]
    public async Task Apps_are_installed_and_dropped_at_once()
    {
        var apps = Enumerable.Range(0, 12).Select(_ => database.NewApp()).ToList();
        await Task.WhenAll(apps.Select(app => app.ApplyAsync(Built([Of("deals", Link("owner", null)), Of("notes", Link("deal", "deals"), Link("by", null))]))));
        await Task.WhenAll(apps.Select(app => app.DropAsync()));
        Assert.Equal(0, await apps[0].ReadAsync<long>($"select count(*) from pg_roles where rolname in ({string.Join(", ", apps.Select(app => $"'rootcx_app_{app.Id}'"))})"));
    }

    [Fact]
    public async Task What_is_dropped_takes_its_sessions_along_and_can_be_made_again()
    {
        var app = await InstalledAsync();
        await app.DropAsync(); // the first time without sessions
        await app.DropAsync(); // and nothing there
        await app.ApplyAsync(Of("deals").Built);
        await using var session = await app.LogInAsync();
        await session.ExecuteAsync("create table own (x text); begin; lock table own; insert into deals default values");
        var before = await app.AccessAsync();
        await app.DropAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => session.ExecuteAsync("select 1"));
        Assert.Equal(0, await app.ReadAsync<long>($"select count(*) from pg_roles where rolname = 'rootcx_app_{app.Id}'"));
        Assert.Null(await app.ReadAsync<string>($"select to_regnamespace('{app.Id}')::text"));

        Assert.NotEqual(before, await app.AccessAsync());
        await using var again = await app.LogInAsync();
        Assert.Equal(app.Id, await again.ExecuteScalarAsync<string>("select current_schema()"));
    }

    [Fact]
    public async Task Nothing_is_made_or_remembered_of_a_transaction_that_is_rolled_back()
    {
        var app = database.NewApp();
        await using (var connection = await database.Platform.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await database.Platform.Get<AppDatabase>().EnsureAsync(connection, app.Id, TestContext.Current.CancellationToken);
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        }

        Assert.Null(await app.ReadAsync<string>($"select to_regnamespace('{app.Id}')::text"));
        await using var session = await app.LogInAsync();
        Assert.Equal(app.Id, await session.ExecuteScalarAsync<string>("select current_schema()"));
    }

    [Fact]
    public async Task A_rotated_password_shuts_the_old_one_out_and_every_instance_knows_the_new_one()
    {
        var app = await InstalledAsync();
        await using var another = await database.Platform.AnotherAsync();
        var before = await app.AccessAsync();
        Assert.Equal(before, await new AppSchema(another, app.Id).AccessAsync());
        Assert.Equal(0, await database.Platform.Get<AppDatabase>().RotateAsync(Actor, app.Id, TestContext.Current.CancellationToken));
        var after = await app.AccessAsync();
        Assert.Matches("^[0-9a-f]{64}\\z", after.Password);
        Assert.NotEqual(before.Password, after.Password);
        Assert.Equal(after, await new AppSchema(another, app.Id).AccessAsync());
        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => AppSchema.LogInAsync(before))).SqlState);
        await using var session = await AppSchema.LogInAsync(after);
        Assert.Equal("test@example.com", await app.ReadAsync<string>($"select actor_email from platform_audit where action = 'app.database_password_rotated' and app_id = '{app.Id}'"));
    }

    [Fact]
    public async Task The_platform_needs_no_superuser()
    {
        // As administrators of hosted servers are: they may make roles, and the database is theirs.
        var owner = App.NewId();
        var settings = new NpgsqlConnectionStringBuilder(database.Platform.ConnectionString);
        await database.NewApp().ExecuteAsync($"create role {owner} login password 'pw' createrole; grant rootcx_apps to {owner} with admin option");
        await using (var server = NpgsqlDataSource.Create(settings.ConnectionString))
        {
            await using var create = server.CreateCommand($"create database {owner} owner {owner}");
            await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        settings.Database = settings.Username = owner;
        settings.Password = "pw";
        await using var platform = await database.AnotherAsync(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = settings.ConnectionString });
        var app = new AppSchema(platform, App.NewId());
        await app.ApplyAsync(Built([Of("deals", Text("title"), Link("owner", null))]));
        await using (var session = await app.LogInAsync())
        {
            await session.ExecuteAsync("insert into deals default values; create table own (x text); select * from rootcx.users");
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync("truncate deals"))).SqlState);
            await app.ApplyAsync(Built([Of("deals", Number("title"))]));
            await platform.Get<AppDatabase>().RotateAsync(Actor, app.Id, TestContext.Current.CancellationToken);
            await app.DropAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => session.ExecuteAsync("select 1"));
        }

        Assert.Equal(0, await app.ReadAsync<long>($"select count(*) from pg_roles where rolname = 'rootcx_app_{app.Id}'"));

        // An app's schema from when it was the role's.
        var old = new AppSchema(platform, App.NewId());
        await old.ExecuteAsync($"create role rootcx_app_{old.Id}; grant rootcx_app_{old.Id} to current_user; create schema {old.Id} authorization rootcx_app_{old.Id}");
        await old.ApplyAsync(Of("deals").Built);
        Assert.Equal(owner, await old.ReadAsync<string>($"select nspowner::regrole::text from pg_namespace where nspname = '{old.Id}'"));
    }

    private async Task<AppSchema> InstalledAsync()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("deals", Text("title")).Built);
        return app;
    }
}
