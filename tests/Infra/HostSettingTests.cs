using System.Globalization;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RootCx.Tests.Settings;

namespace RootCx.Tests.Infra;

/// <summary>What the templates give to the hosts is what the hosts want.</summary>
public sealed partial class HostSettingTests
{
    private const string Key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public void The_api_gets_all_that_it_needs_and_nothing_that_it_does_not_know()
    {
        var given = Given("api", ApiSettings());
        AssertKnown(given.Keys, "API");
        using var services = HostValidation.Api(given);
        AssertIdentities(services);
    }

    [Fact]
    public void A_supervisor_gets_all_that_it_needs_and_nothing_that_it_does_not_know()
    {
        var given = Given("supervisor", SupervisorSettings());
        AssertKnown(given.Keys, "supervisor");
        using var services = HostValidation.Supervisor(given);
        AssertIdentities(services);
        Assert.DoesNotContain("Supervisor__Id", given.Keys); // of each replica its own
    }

    [Fact]
    public void A_supervisor_has_more_time_to_end_than_it_takes()
    {
        using var services = HostValidation.Supervisor(Given("supervisor", SupervisorSettings()));
        var allowed = int.Parse(Grace().Match(Repository.Read("infra/modules/supervisor.bicep")).Groups["seconds"].Value, CultureInfo.InvariantCulture);
        Assert.True(services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout < TimeSpan.FromSeconds(allowed - 10));
    }

    [Fact]
    public void Probes_ask_for_what_the_supervisor_answers()
    {
        var probes = Probes().Matches(Repository.Read("infra/modules/supervisor.bicep")).ToDictionary(match => match.Groups["type"].Value, match => match.Groups["path"].Value);
        Assert.Equal("/health", probes["Startup"]);
        Assert.Equal("/health", probes["Liveness"]);
        Assert.Equal("/health/ready", probes["Readiness"]);
    }

    private static void AssertKnown(IEnumerable<string> given, string host)
    {
        var known = SettingRow.All.Where(row => row.Host == host || row.Host == "both").Select(row => row.Name).ToHashSet();
        Assert.DoesNotContain(given, name => !known.Contains(name));
    }

    // Each of the two is used for what it is there for.
    private static void AssertIdentities(ServiceProvider services)
    {
        Assert.Equal(new Uri("https://account.blob.core.windows.net/"), services.GetRequiredService<BlobServiceClient>().Uri);
        Assert.Equal(new Uri("https://account.queue.core.windows.net/"), services.GetRequiredService<QueueServiceClient>().Uri);
        Assert.IsType<ManagedIdentityCredential>(services.GetRequiredKeyedService<TokenCredential>("Postgres"));
    }

    private static Dictionary<string, string> Given(string host, IEnumerable<(string Name, string Expression)> settings) =>
        settings.ToDictionary(one => one.Name, one => ValueOf(host, one.Name, one.Expression));

    // What the deployment would come to.
    private static string ValueOf(string host, string name, string expression) =>
        name.EndsWith("blobServiceUri", StringComparison.Ordinal) ? "https://account.blob.core.windows.net/"
        : name.EndsWith("queueServiceUri", StringComparison.Ordinal) ? "https://account.queue.core.windows.net/"
        : name.EndsWith("lientId", StringComparison.Ordinal) ? Guid.NewGuid().ToString()
        : name is "ROOTCX_MASTER_KEY" or "ROOTCX_JWT_SECRET" ? Key
        : name == "ConnectionStrings__Postgres" ? Database()
        : name == "Runtime__Url" ? "https://func-demo.azurewebsites.net"
        : name.StartsWith("APPLICATIONINSIGHTS", StringComparison.Ordinal) ? $"InstrumentationKey={Guid.Empty}"
        : expression is "string(port)" or "work" or "'${work}/data'" ? $"value of {expression}"
        : expression.StartsWith('\'') && !expression.Contains('$', StringComparison.Ordinal) ? expression.Trim('\'')
        : throw new InvalidOperationException($"{host}: what does {name} come to with {expression}?");

    private static string Database() => Expressions().Replace(
        DatabaseText().Match(Repository.Read("infra/main.bicep")).Groups["text"].Value, match => match.Value.Contains("connections", StringComparison.Ordinal) ? "8" : "some-name");

    private static IEnumerable<(string Name, string Expression)> ApiSettings() =>
        AppSettings().Matches(Repository.Read("infra/modules/api.bicep").Split("'appsettings'")[1]).Select(match => (match.Groups["name"].Value, match.Groups["value"].Value));

    private static IEnumerable<(string Name, string Expression)> SupervisorSettings() =>
        Variables().Matches(Repository.Read("infra/modules/supervisor.bicep")).Select(match => (match.Groups["name"].Value, match.Groups["value"].Value));

    [GeneratedRegex(@"^        (?<name>\w+): (?<value>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AppSettings();

    [GeneratedRegex(@"^            \{ name: '(?<name>\w+)', (value|secretRef): (?<value>.+) \}$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variables();

    [GeneratedRegex("^var database = '(?<text>.+)'$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DatabaseText();

    [GeneratedRegex(@"\$\{[^}]+\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Expressions();

    [GeneratedRegex(@"terminationGracePeriodSeconds: (?<seconds>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Grace();

    [GeneratedRegex(@"type: '(?<type>\w+)'\n\s+httpGet: \{ path: '(?<path>[^']+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Probes();
}
