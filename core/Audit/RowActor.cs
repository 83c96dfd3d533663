namespace RootCx.Core.Audit;

/// <summary>On whose behalf rows of apps are written; the row audit says so.</summary>
/// <param name="UserId">The user, null for the app itself.</param>
/// <param name="Trigger">What brought the write about: <see cref="Api"/> or <see cref="Worker"/>.</param>
public sealed record RowActor(Guid? UserId, string Trigger)
{
    /// <summary>A request to the Data API.</summary>
    public const string Api = "api";

    /// <summary>The app's own code.</summary>
    public const string Worker = "worker";
}
