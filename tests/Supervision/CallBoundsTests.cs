using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using RootCx.Core.Channels;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Tests.Supervision;

public sealed class CallBoundsTests
{
    [Theory]
    [InlineData(10, false)]
    [InlineData(9, true)]
    public void A_worker_may_not_be_allowed_all_calls_that_its_host_takes(int perWorker, bool isValid)
    {
        var bounds = new CallBounds(Options.Create(new WorkerOptions { MostCalls = perWorker }));
        Assert.Equal(isValid, bounds.Validate(name: null, new SupervisorOptions { MostCalls = 10 }).Succeeded);
    }

    [Theory]
    [InlineData(10, 10, 10, false)]
    [InlineData(9, 11, 10, false)]
    [InlineData(9, 10, 10, true)]
    public void The_api_leaves_places_for_others_too(int perWorker, int perSupervisor, int all, bool isValid)
    {
        var options = new RpcOptions { MostCallsPerWorker = perWorker, MostCallsPerSupervisor = perSupervisor, MostCalls = all };
        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), validationResults: null, validateAllProperties: true));
    }
}
