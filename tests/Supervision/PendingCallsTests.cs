using RootCx.Core.Channels;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Tests.Supervision;

public sealed class PendingCallsTests
{
    [Fact]
    public void An_abandoned_call_takes_no_place_and_is_its_users_until_it_is_answered()
    {
        var calls = new PendingCalls();
        var user = Guid.NewGuid();
        var (id, _) = calls.Open(user);
        Assert.Equal(user, calls.UserOf(id));

        calls.Abandon(id);
        Assert.Equal(0, calls.Count);
        Assert.Equal(user, calls.UserOf(id));

        Assert.False(calls.TryAnswer(id, new RpcOutcome("1"u8.ToArray())));
        Assert.Null(calls.UserOf(id));
    }

    [Fact]
    public void Only_so_many_abandoned_calls_are_known()
    {
        var calls = new PendingCalls();
        var ids = Enumerable.Range(0, 10_001).Select(_ => calls.Open(Guid.NewGuid()).Id).ToList();
        ids.ForEach(calls.Abandon);

        Assert.Null(calls.UserOf(ids[0]));
        Assert.NotNull(calls.UserOf(ids[1]));
        Assert.True(calls.WhenDrained().IsCompletedSuccessfully);
    }
}
