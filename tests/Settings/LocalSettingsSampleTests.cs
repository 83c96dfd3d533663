using System.Text.Json;
using RootCx.Tests.Infra;

namespace RootCx.Tests.Settings;

/// <summary><c>local.settings.sample.json</c> is what somebody starts from.</summary>
public sealed class LocalSettingsSampleTests
{
    // What nobody has by default, shown as an example.
    private static readonly string[] Examples = ["Api__AllowedOrigins__0", "Collections__MostListRows"];

    [Fact]
    public void It_has_what_the_function_app_needs_and_nothing_that_is_unknown_to_it()
    {
        var rows = SettingRow.All.Where(row => row.Host is "API" or "both").Select(row => row.Name).ToHashSet();
        var values = Values();
        Assert.DoesNotContain(values.Keys, name => !rows.Contains(name));
        using var services = HostValidation.Api(values);
    }

    [Fact]
    public void Its_values_are_the_defaults()
    {
        var values = Values();
        Assert.All(
            Setting.All.Where(setting => values.ContainsKey(setting.Name) && !Examples.Contains(setting.Name)),
            setting => Assert.Equal((setting.Name, setting.Default), (setting.Name, values[setting.Name])));
    }

    [Fact]
    public void Keys_that_nobody_changed_are_refused()
    {
        var values = Values(filledIn: false);
        Assert.Contains("Secrets:MasterKey", Assert.ThrowsAny<Exception>(() => HostValidation.Api(values)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Values(bool filledIn = true)
    {
        using var sample = JsonDocument.Parse(Repository.Read("local.settings.sample.json"));
        var values = sample.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!);
        if (filledIn)
        {
            values["ROOTCX_MASTER_KEY"] = new string('a', 64);
        }

        return values;
    }
}
