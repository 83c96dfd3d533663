using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Audit;

/// <summary>Asking for what was recorded.</summary>
public sealed class RowAuditApiTests(PlatformStack stack)
{
    private const string Expected =
        "expected app_id, entity, or one of table_schema, table_name, record_id, operation, changed_at, each alone or with __neq, __contains, __gte or __lte; "
        + "besides there are before, limit, order_by and order";

    [Fact]
    public async Task Entries_are_found_by_what_they_are_about()
    {
        await using var app = await WithFiveEntriesAsync();
        foreach (var (query, found) in new[]
        {
            ("", "a1 a2 a3 b1 b2"),
            ("&entity=numbers", "a1 a2 a3"),
            ("&table_name=other_numbers", "b1 b2"),
            ("&entity=numbers&table_name=other_numbers", ""),
            ("&table_schema__contains=%25", ""),
            ("&table_name__neq=numbers", "b1 b2"),
            ("&table_name__contains=R_N", "b1 b2"),
            ("&table_name__contains=other%25", ""),
            ("&table_name__contains=r.n", ""),
            ("&table_name__gte=o", "b1 b2"),
            ("&table_name__lte=o", "a1 a2 a3"),
            ("&record_id=2", "a2 b2"),
            ("&record_id__neq=2", "a1 a3 b1"),
            ("&record_id__gte=2", "a2 b2"),
            ("&record_id__lte=1&entity=numbers", "a1 a3"),
            ("&record_id__contains=%5C", ""),
            ("&operation=UPDATE", "a3"),
            ("&operation__neq=INSERT", "a3"),
            ("&operation__contains=nser", "a1 a2 b1 b2"),
            ("&operation=", "a1 a2 a3 b1 b2"),
            ("&changed_at__gte=2000-01-01", "a1 a2 a3 b1 b2"),
            ("&changed_at__lte=2000-01-01T12:00:00.123456Z", ""),
            ("&changed_at__gte=2999-01-01T00:00:00%2B02:00", ""),
            ("&changed_at__neq=2000-01-01 12:00", "a1 a2 a3 b1 b2"),
            ("&changed_at__contains=2000-01", ""),
        })
        {
            Assert.Equal(found, await FoundAsync(app, query));
        }

        var first = (await app.EntriesAsync(stack))[0];
        var time = first["changed_at"]!.GetValue<string>();
        Assert.Contains("a1", await FoundAsync(app, $"&changed_at={time}"), StringComparison.Ordinal);
        Assert.Contains("a1", await FoundAsync(app, $"&changed_at__contains={time[..19]}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_are_shown_newest_first_unless_another_order_is_asked_for_and_in_pages()
    {
        await using var app = await WithFiveEntriesAsync();
        var ids = (await app.EntriesAsync(stack)).ConvertAll(entry => entry["id"]!.GetValue<long>());
        Assert.Equal(ids.Order(), ids);
        foreach (var (query, found) in new[]
        {
            ("", "b2 b1 a3 a2 a1"),
            ("&order=desc", "b2 b1 a3 a2 a1"),
            ("&order=asc", "a1 a2 a3 b1 b2"),
            ("&limit=2", "b2 b1"),
            ($"&limit=2&before={ids[3]}", "a3 a2"),
            ($"&order=asc&before={ids[2]}", "a1 a2"),
            ("&order_by=record_id", "b2 a2 b1 a1 a3"),
            ("&order_by=record_id&order=asc", "a3 a1 b1 a2 b2"),
            ("&order_by=operation&order=desc", "a3 b2 b1 a2 a1"),
            ("&order_by=id&order=asc", "a1 a2 a3 b1 b2"),
            ("&order_by=changed_at", "b2 b1 a3 a2 a1"),
            ("&order_by=table_schema&order=asc", "a1 a2 a3 b1 b2"),
        })
        {
            Assert.Equal(found, await FoundAsync(app, query, sorted: false));
        }
    }

    [Theory]
    [InlineData("colour=red", "unknown filter 'colour': " + Expected)]
    [InlineData("record_id__like=x", "unknown filter 'record_id__like': " + Expected)]
    [InlineData("record_id__=x", "unknown filter 'record_id__': " + Expected)]
    [InlineData("app_id__neq=x", "unknown filter 'app_id__neq': " + Expected)]
    [InlineData("APP_ID=x", "unknown filter 'APP_ID': " + Expected)]
    [InlineData("changed_at=yesterday", "changed_at must be a time like 2026-01-31T12:00:00Z (a + before an offset is written %2B), got: 'yesterday'")]
    [InlineData("changed_at__gte=2026-01-31T12:00:00+02:00", "changed_at__gte must be a time like 2026-01-31T12:00:00Z (a + before an offset is written %2B), got: '2026-01-31T12:00:00 02:00'")]
    [InlineData("changed_at__lte=2026-02-30", "changed_at__lte must be a time like 2026-01-31T12:00:00Z (a + before an offset is written %2B), got: '2026-02-30'")]
    [InlineData("changed_at__neq=0001-01-01T00:00:00%2B14:00", "changed_at__neq must be a time like 2026-01-31T12:00:00Z (a + before an offset is written %2B), got: '0001-01-01T00:00:00+14:00'")]
    [InlineData("limit=0", "limit must be a whole number from 1 to 1000")]
    [InlineData("limit=1001", "limit must be a whole number from 1 to 1000")]
    [InlineData("before=x", "before must be a whole number from 1 to 9223372036854775807")]
    [InlineData("order_by=actor_uid", "order_by must be id, table_schema, table_name, record_id, operation, changed_at, got: 'actor_uid'")]
    [InlineData("record_id=a&record_id=b", "record_id comes twice")]
    [InlineData("record_id=%00", "record_id must be text without NUL")]
    [InlineData("app_id=Robert'); drop table x", "invalid app id: expected 48 characters at most of a-z, 0-9 and _, beginning with a letter")]
    [InlineData("app_id=one&table_schema=other", "app_id and table_schema are the same thing, and name two apps")]
    public async Task What_is_not_understood_is_refused_with_its_name(string query, string error)
    {
        using var answer = await stack.Admin.GetAsync($"/api/v1/audit?{query}");
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task Whoever_administers_an_app_sees_its_entries_and_only_administrators_see_all()
    {
        await using var app = await WithFiveEntriesAsync();
        var owner = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(owner, $"app:{app.Id}:*");
        foreach (var query in new[] { $"app_id={app.Id}", $"table_schema={app.Id}", $"app_id={app.Id}&table_schema={app.Id}" })
        {
            using var answer = await owner.GetAsync($"/api/v1/audit?{query}");
            Assert.Equal(5, (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Count);
            using var user = await stack.User.GetAsync($"/api/v1/audit?{query}");
            await user.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:*");
        }

        foreach (var query in new[] { "", "app_id=", "table_schema__contains=" + app.Id, "app_id__neq=x", "APP_ID=" + app.Id + "x" })
        {
            using var answer = await owner.GetAsync($"/api/v1/audit?{query}");
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        using var other = await owner.GetAsync($"/api/v1/audit?app_id={App.NewId()}");
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        using var all = await stack.Admin.GetAsync("/api/v1/audit?limit=1");
        Assert.Single((await all.JsonAsync(HttpStatusCode.OK)).AsArray());
        using var nobody = await stack.Anonymous().GetAsync($"/api/v1/audit?app_id={app.Id}");
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        using var none = await stack.Admin.GetAsync($"/api/v1/audit?app_id={App.NewId()}");
        Assert.Empty((await none.JsonAsync(HttpStatusCode.OK)).AsArray());
    }

    // Named a1, a2, a3 (in numbers) and b1, b2 (in other_numbers), in this order; a3 is an update of record 0.
    private async Task<HandMadeApp> WithFiveEntriesAsync()
    {
        var app = await HandMadeApp.CreateAsync(stack);
        await app.AddTableAsync("numbers", "id integer primary key, name text");
        await app.AddTableAsync("other_numbers", "id integer primary key, name text");
        await app.ExecuteAsync("alter table $app.numbers disable trigger all; insert into $app.numbers values (0, 'a0'); alter table $app.numbers enable trigger all");
        foreach (var sql in new[]
        {
            "insert into $app.numbers values (1, 'a1')",
            "insert into $app.numbers values (2, 'a2')",
            "update $app.numbers set name = 'a3' where id = 0",
            "insert into $app.other_numbers values (1, 'b1')",
            "insert into $app.other_numbers values (2, 'b2')",
        })
        {
            await app.ExecuteAsync(sql);
        }

        return app;
    }

    private async Task<string> FoundAsync(HandMadeApp app, string query, bool sorted = true)
    {
        using var answer = await stack.Admin.GetAsync($"/api/v1/audit?app_id={app.Id}{query}");
        var names = (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Select(entry => entry!["new_record"]!["name"]!.GetValue<string>());
        return string.Join(' ', sorted ? names.Order() : names);
    }
}
