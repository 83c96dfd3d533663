namespace RootCx.Core.Auth;

/// <summary>What is known of a user when a request is decided about.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Email">At present.</param>
/// <param name="IsDisabled">The account may do nothing.</param>
/// <param name="TokenEpoch">Access tokens that were made for an earlier one are void.</param>
/// <param name="Roles">Assigned and inherited ones, sorted; also those that are not defined.</param>
/// <param name="Grants">What these allow.</param>
public sealed record Identity(Guid UserId, string Email, bool IsDisabled, int TokenEpoch, IReadOnlyList<string> Roles, Grants Grants);
