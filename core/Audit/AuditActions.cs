namespace RootCx.Core.Audit;

/// <summary>What is recorded.</summary>
public static class AuditActions
{
    /// <summary>Somebody signed in.</summary>
    public const string SignedIn = "auth.signed_in";

    /// <summary>Somebody failed to; the detail says why.</summary>
    public const string SignInFailed = "auth.sign_in_failed";

    /// <summary>A refresh token was presented again long after it was replaced: somebody may have stolen it. The session was ended.</summary>
    public const string RefreshReused = "auth.refresh_reused";

    /// <summary>A session was ended.</summary>
    public const string SessionEnded = "auth.session_ended";

    /// <summary>All sessions of a user were ended.</summary>
    public const string AllSessionsEnded = "auth.all_sessions_ended";

    /// <summary>Somebody changed the own password.</summary>
    public const string PasswordChanged = "auth.password_changed";

    /// <summary>An account was made, by its owner or by an administrator.</summary>
    public const string UserCreated = "user.created";

    /// <summary>An administrator set a password.</summary>
    public const string PasswordReset = "user.password_reset";

    /// <summary>An account may do nothing any more.</summary>
    public const string UserDisabled = "user.disabled";

    /// <summary>It may again.</summary>
    public const string UserEnabled = "user.enabled";

    /// <summary>An account was deleted.</summary>
    public const string UserDeleted = "user.deleted";

    /// <summary>A role was made.</summary>
    public const string RoleCreated = "role.created";

    /// <summary>A role was changed.</summary>
    public const string RoleChanged = "role.changed";

    /// <summary>A role was deleted.</summary>
    public const string RoleDeleted = "role.deleted";

    /// <summary>A user was given a role.</summary>
    public const string RoleAssigned = "role.assigned";

    /// <summary>A role was taken from a user.</summary>
    public const string RoleRevoked = "role.revoked";

    /// <summary>What an external issuer says changed a user's roles.</summary>
    public const string RolesMapped = "role.mapped";

    /// <summary>A secret was set; never its value.</summary>
    public const string SecretSet = "secret.set";

    /// <summary>A secret was deleted.</summary>
    public const string SecretDeleted = "secret.deleted";

    /// <summary>Somebody read the values of the platform's secrets.</summary>
    public const string SecretsRead = "secret.read";

    /// <summary>Data keys were put under the present master key.</summary>
    public const string SecretsRotated = "secret.rotated";

    /// <summary>An app's manifest was installed; the detail says what of its data was dropped or converted.</summary>
    public const string AppInstalled = "app.installed";

    /// <summary>An app was uninstalled, with its data.</summary>
    public const string AppUninstalled = "app.uninstalled";

    /// <summary>A version of an app was accepted for deployment.</summary>
    public const string AppDeployed = "app.deployed";

    /// <summary>A version that was live before was asked for again.</summary>
    public const string VersionActivated = "app.version_activated";

    /// <summary>A version of an app was given a front end.</summary>
    public const string AppFrontendDeployed = "app.frontend_deployed";

    /// <summary>An app's database role was given another password.</summary>
    public const string AppDatabasePasswordRotated = "app.database_password_rotated";

    /// <summary>A worker was started.</summary>
    public const string WorkerStarted = "worker.started";

    /// <summary>A worker was stopped.</summary>
    public const string WorkerStopped = "worker.stopped";

    /// <summary>An app was given another number of workers.</summary>
    public const string WorkerScaled = "worker.scaled";
}
