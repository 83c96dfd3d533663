using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Channels;

/// <summary>Calls to workers; section <c>Rpc</c>.</summary>
public sealed class RpcOptions : IValidatableObject
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Rpc";

    /// <summary>How long a call may take in all, the ways through both queues included; see <see cref="ChannelLimits.MostTimeout"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:03:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most calls that a process of the API may have under way.</summary>
    [Range(1, 1_000_000)]
    public int MostCalls { get; set; } = 10_000;

    /// <summary>Most of those to one supervisor.</summary>
    [Range(1, 1_000_000)]
    public int MostCallsPerSupervisor { get; set; } = 5000;

    /// <summary>Most of those to one worker; fewer than to its supervisor, so that an app that is flooded leaves places for the others.</summary>
    [Range(1, 1_000_000)]
    public int MostCallsPerWorker { get; set; } = 1000;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MostCallsPerWorker >= MostCallsPerSupervisor || MostCallsPerSupervisor > MostCalls)
        {
            yield return new ValidationResult(
                "Rpc:MostCallsPerWorker must be less than Rpc:MostCallsPerSupervisor, and that not more than Rpc:MostCalls.", [nameof(MostCallsPerWorker)]);
        }
    }
}
