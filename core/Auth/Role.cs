namespace RootCx.Core.Auth;

/// <summary>A set of permissions that users can be given.</summary>
/// <param name="Name">Unique; 1 to 64 characters without control characters.</param>
/// <param name="Description">Free text, or null.</param>
/// <param name="Inherits">Roles whose permissions it has as well.</param>
/// <param name="Permissions">Keys, and wildcards that end with <c>:*</c>, or <c>*</c>.</param>
public sealed record Role(string Name, string? Description, string[] Inherits, string[] Permissions)
{
    /// <summary>The role that may do everything. It can't be changed or deleted.</summary>
    public const string Admin = "admin";
}

/// <summary>What is to be changed of a role; null: stays.</summary>
/// <param name="Description">Free text.</param>
/// <param name="Inherits">See <see cref="Role"/>.</param>
/// <param name="Permissions">See <see cref="Role"/>.</param>
public sealed record RoleChange(string? Description, string[]? Inherits, string[]? Permissions);

/// <summary>A role that a user has been given.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Role">The role's name.</param>
/// <param name="AssignedAt">When, in UTC.</param>
public sealed record RoleAssignment(Guid UserId, string Role, DateTime AssignedAt);
