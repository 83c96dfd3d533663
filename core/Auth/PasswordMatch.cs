namespace RootCx.Core.Auth;

/// <summary>Whether a password made a hash.</summary>
public enum PasswordMatch
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>It did, at an earlier cost: it is to be hashed anew.</summary>
    Outdated,

    /// <summary>It did.</summary>
    Present,
}
