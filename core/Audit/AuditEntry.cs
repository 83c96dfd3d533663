using RootCx.Core.Json;

namespace RootCx.Core.Audit;

/// <summary>Something that somebody did to the platform.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Action">What; one of <see cref="AuditActions"/>.</param>
/// <param name="ActorId">Who; null for nobody known.</param>
/// <param name="ActorEmail">Who, as it was then.</param>
/// <param name="Address">From where: an IP address.</param>
/// <param name="AppId">To which app.</param>
/// <param name="Target">To what.</param>
/// <param name="Detail">What else matters.</param>
public sealed record AuditEntry(
    long Id, DateTime At, string Action, Guid? ActorId, string? ActorEmail, string? Address, string? AppId, string? Target, RawJson? Detail);

/// <summary>Which entries are wanted; null: all.</summary>
/// <param name="Most">At most so many.</param>
/// <param name="Before">Only those with a smaller id.</param>
/// <param name="Action">Only of this kind.</param>
/// <param name="ActorId">Only by this user.</param>
/// <param name="AppId">Only to this app.</param>
public sealed record AuditFilter(int Most, long? Before, string? Action, Guid? ActorId, string? AppId);
