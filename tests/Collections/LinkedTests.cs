using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Records of the same thing in several apps.</summary>
public sealed class LinkedTests(PlatformStack stack)
{
    // A kind of the test's own, so that others' records don't show up.
    private readonly string _kind = $"kind_{App.NewId()}";

    [Fact]
    public async Task A_row_shows_what_other_apps_know_of_it()
    {
        var crm = await InstalledAsync("contacts", "email", "name");
        var support = await InstalledAsync("customers", "mail", "plan");
        await crm.CreateManyAsync("""[{"email":"a@example.com","name":"Ada"},{"email":"b@example.com","name":"Bob"},{"name":"Nobody"}]""");
        var customer = await support.CreateAsync("""{"mail":"a@example.com","plan":"gold"}""");
        await support.CreateAsync("""{"mail":"a@example.com","plan":"later"}""");

        var rows = (await crm.QueryAsync("""{"linked":true,"orderBy":"name","order":"asc"}"""))["data"]!.AsArray();
        Assert.Equal([support.App.Id], rows[0]!["_linked"]!.AsObject().Select(property => property.Key));
        var linked = rows[0]!["_linked"]![support.App.Id]!;
        Assert.Equal(["customers", customer["id"]!.ToString(), "gold"], [linked["entity"]!.ToString(), linked["recordId"]!.ToString(), linked["data"]!["plan"]!.ToString()]);
        Assert.All(rows.Skip(1), row => Assert.False(row!.AsObject().ContainsKey("_linked")));

        Assert.NotNull((await crm.ListAsync("?linked=true&name=Ada"))[0]!["_linked"]);
        Assert.NotNull((await crm.ListAsync($"?linked=other,{support.App.Id}&name=Ada"))[0]!["_linked"]);
        Assert.Null((await crm.ListAsync("?linked=other&name=Ada"))[0]!["_linked"]);
        Assert.Null((await crm.ListAsync("?name=Ada"))[0]!["_linked"]);
        Assert.NotNull((await crm.QueryAsync($$"""{"linked":["{{support.App.Id}}"],"where":{"name":"Ada"} }"""))["data"]![0]!["_linked"]);
    }

    [Fact]
    public async Task Many_rows_are_linked_each_with_its_own()
    {
        var one = await InstalledAsync("contacts", "email", "name");
        var two = await InstalledAsync("customers", "mail", "plan");
        await one.CreateManyAsync($"[{string.Join(',', Enumerable.Range(0, 450).Select(n => $"{{\"email\":\"{n}\"}}"))}]");
        await two.CreateManyAsync($"[{string.Join(',', Enumerable.Range(0, 450).Where(n => n % 3 == 0).Select(n => $"{{\"mail\":\"{n}\",\"plan\":\"p{n}\"}}"))}]");
        var rows = await one.ListAsync("?linked=true");
        Assert.Equal(450, rows.Count);
        Assert.All(rows, row =>
        {
            var n = int.Parse(row!["email"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(n % 3 == 0 ? $"p{n}" : null, row["_linked"]?[two.App.Id]?["data"]?["plan"]?.ToString());
        });
    }

    [Fact]
    public async Task Nobody_sees_what_they_may_not_read()
    {
        var crm = await InstalledAsync("contacts", "email", "name");
        var support = await InstalledAsync("customers", "mail", "plan");
        await crm.CreateAsync("""{"email":"a@example.com","name":"Ada"}""");
        await support.CreateAsync("""{"mail":"a@example.com","plan":"gold"}""");
        var user = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(user, $"app:{crm.App.Id}:contacts.read");
        Assert.Null((await crm.As(user).ListAsync("?linked=true"))[0]!["_linked"]);
        Assert.Equal(1, (await FederatedAsync(user, "{}"))["total"]!.GetValue<int>());

        await stack.GrantAsync(user, $"app:{support.App.Id}:customers.read");
        Assert.NotNull((await crm.As(user).ListAsync("?linked=true"))[0]!["_linked"]);
        Assert.Equal(2, (await FederatedAsync(user, "{}"))["total"]!.GetValue<int>());
        Assert.Equal("""{"data":[],"total":0}""", (await FederatedAsync(await stack.Anonymous().RegisteredAsync(), "{}")).ToJsonString());
    }

    [Fact]
    public async Task All_apps_can_be_queried_at_once()
    {
        var crm = await InstalledAsync("contacts", "email", "name");
        var support = await InstalledAsync("customers", "email", "plan");
        await crm.CreateManyAsync("""[{"email":"c","name":"C"},{"email":"a","name":"A"}]""");
        await support.CreateManyAsync("""[{"email":"b","plan":"gold"},{"email":"d"}]""");

        var all = await FederatedAsync(stack.Admin, """{"orderBy":"email","order":"asc"}""");
        Assert.Equal(["a", "b", "c", "d"], all["data"]!.AsArray().Select(row => row!["email"]!.ToString()));
        Assert.Equal(4, all["total"]!.GetValue<int>());
        Assert.Equal($$"""{"app":"{{support.App.Id}}","entity":"customers"}""", all["data"]![1]!["_source"]!.ToJsonString());

        var page = await FederatedAsync(stack.Admin, """{"orderBy":"email","order":"desc","limit":2,"offset":1}""");
        Assert.Equal(["c", "b"], page["data"]!.AsArray().Select(row => row!["email"]!.ToString()));
        Assert.Equal(4, (await FederatedAsync(stack.Admin, """{"offset":99}"""))["total"]!.GetValue<int>());
        Assert.Equal(["b"], (await FederatedAsync(stack.Admin, """{"where":{"plan":"gold"}}"""))["data"]!.AsArray().Select(row => row!["email"]!.ToString()));
        Assert.Equal(["a", "c", "d"], (await FederatedAsync(stack.Admin, """{"where":{"plan":{"$isNull":true}},"orderBy":"email","order":"asc"}"""))["data"]!.AsArray().Select(row => row!["email"]!.ToString()));
    }

    [Theory]
    [InlineData("""{"orderBy":"a b"}""", "invalid sort field: 'a b'")]
    [InlineData("""{"orderBy":"x\" desc; --"}""", "invalid sort field: 'x\" desc; --'")]
    [InlineData("""{"orderBy":"nope"}""", "unknown field 'nope'")]
    [InlineData("""{"linked":true}""", "unknown key 'linked'")]
    [InlineData("""{"where":{"nope":1}}""", "unknown field 'nope'")]
    [InlineData("""{"where":{"email":{"$near":1}}}""", "unknown operator: '$near'")]
    [InlineData("""{"select":["email"]}""", "unknown key 'select'")]
    [InlineData("""{"offset":-1}""", "'offset' must not be negative")]
    public async Task What_can_t_be_is_refused(string query, string error)
    {
        await InstalledAsync("contacts", "email", "name");
        using var answer = await stack.Admin.PostAsync($"/api/v1/federated/{_kind}/query", JsonNode.Parse(query));
        await answer.AssertErrorContainsAsync(HttpStatusCode.BadRequest, error);
    }

    private async Task<JsonNode> FederatedAsync(ApiClient client, string query) =>
        await (await client.PostAsync($"/api/v1/federated/{_kind}/query", JsonNode.Parse(query))).JsonAsync(HttpStatusCode.OK);

    private async Task<Collection> InstalledAsync(string entity, string key, string other)
    {
        var manifest = Collection.Manifest(App.NewId(), (entity, [key, other]));
        var contract = manifest["dataContract"]![0]!;
        contract["identityKind"] = _kind;
        contract["identityKey"] = key;
        return new Collection(await stack.Admin.InstalledAsync(manifest), entity);
    }
}
