using System.Text.Json.Serialization;

namespace RootCx.Core.Auth;

/// <summary>A person with an account.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Email">As it was registered, trimmed; unique without regard to case.</param>
/// <param name="DisplayName">Free text, or null.</param>
/// <param name="CreatedAt">RFC 3339 on the wire, UTC.</param>
/// <param name="Disabled">The account may do nothing; on the wire only if it is so.</param>
public sealed record User(
    Guid Id, string Email, string? DisplayName, DateTime CreatedAt, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Disabled = false)
{
    /// <summary>What to select.</summary>
    internal const string Columns = "id, email, display_name, created_at, disabled_at is not null as disabled";
}
