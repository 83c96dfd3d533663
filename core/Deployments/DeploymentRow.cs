namespace RootCx.Core.Deployments;

/// <summary>A row of the deployments table, called <c>d</c> where it is read.</summary>
internal sealed class DeploymentRow
{
    public const string Columns = "d.id, d.app_id, d.version, d.state, d.archive, d.has_code, d.live_at is not null as was_live, d.error, d.failure";

    public Guid Id { get; init; }

    public string AppId { get; init; } = "";

    public int Version { get; init; }

    public string State { get; init; } = "";

    public string Archive { get; init; } = "";

    public bool HasCode { get; init; }

    public bool WasLive { get; init; }

    public string? Error { get; init; }

    public string? Failure { get; init; }

    public Deployment ToDeployment() => new(
        Id,
        AppId,
        Version,
        Enum.Parse<DeploymentState>(State, ignoreCase: true),
        Archive,
        HasCode,
        WasLive,
        Error,
        Failure is null ? null : Enum.Parse<DeploymentFailure>(Failure, ignoreCase: true));
}
