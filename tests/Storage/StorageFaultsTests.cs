using Azure;
using RootCx.Core.Storage;

namespace RootCx.Tests.Storage;

public sealed class StorageFaultsTests
{
    [Theory]
    [InlineData(0, true)] // no answer at all
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    public void What_may_be_over_in_a_moment_passes_and_a_refusal_does_not(int status, bool passes)
    {
        var fault = new RequestFailedException(status, "no");
        Assert.Equal(passes, fault.IsPassingStorageFault());
        Assert.Equal(passes, new AggregateException(fault, new TaskCanceledException()).IsPassingStorageFault());
        Assert.Equal(passes, new AggregateException(new RequestFailedException(0, "away"), fault).IsPassingStorageFault());
        Assert.True(fault.IsStorageFault());
    }

    [Fact]
    public void Other_exceptions_are_no_storage_fault()
    {
        Assert.False(new InvalidOperationException().IsPassingStorageFault());
        Assert.False(new AggregateException(new InvalidOperationException()).IsPassingStorageFault());
        Assert.False(new TaskCanceledException().IsPassingStorageFault()); // somebody gave up
    }
}
