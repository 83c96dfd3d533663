using Microsoft.Extensions.Options;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Workers;

/// <summary>One app must not be allowed all the calls that the host takes.</summary>
internal sealed class CallBounds(IOptions<WorkerOptions> workers) : IValidateOptions<SupervisorOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, SupervisorOptions options) => workers.Value.MostCalls < options.MostCalls
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail("Workers:MostCalls must be less than Supervisor:MostCalls.");
}
