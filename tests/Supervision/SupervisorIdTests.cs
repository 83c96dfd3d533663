using RootCx.SupervisorHost.Hosting;

namespace RootCx.Tests.Supervision;

public sealed class SupervisorIdTests
{
    [Theory]
    [InlineData("host-7", "host-7")]
    [InlineData("Build.Machine_3", "build-machine-3")]
    [InlineData("supervisor--0lhkk3d-69f6c8d7cb-x2v9q", "supervisor-0lhkk3d-69f6c8d7cb-x2v9q")]
    [InlineData("___", "supervisor")]
    public void A_machines_name_becomes_an_id(string machine, string id) => Assert.Equal(id, SupervisorOptions.FromMachineName(machine));

    [Fact]
    public void Long_names_that_differ_at_their_ends_become_different_ids()
    {
        const string Machine = "the-supervisors-of-our-installation--0lhkk3d-69f6c8d7cb-";
        string[] ids = [SupervisorOptions.FromMachineName($"{Machine}x2v9q"), SupervisorOptions.FromMachineName($"{Machine}7tqzm")];
        Assert.Equal(2, ids.Distinct().Count());
        Assert.Equal(ids[0], SupervisorOptions.FromMachineName($"{Machine}x2v9q")); // the same after a restart
        Assert.All(ids, id => Assert.Matches("^[a-z0-9](-?[a-z0-9]){0,39}$", id));
    }
}
