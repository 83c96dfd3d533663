using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>Decides what users may do.</summary>
public sealed class Permissions(Identities identities)
{
    /// <summary>What a user may do; nothing for one who is gone.</summary>
    public async ValueTask<Grants> OfAsync(Guid userId, CancellationToken cancellationToken) =>
        (await identities.FindAsync(userId, cancellationToken))?.Grants ?? new Grants([]);

    /// <summary>Whether <paramref name="userId"/> may do what the key <paramref name="wanted"/> stands for.</summary>
    public async ValueTask<bool> HasAsync(Guid userId, string wanted, CancellationToken cancellationToken) =>
        (await OfAsync(userId, cancellationToken)).Allows(wanted);

    /// <summary>Refuses unless the caller administers the app: <c>*</c> or <c>app:{appId}:*</c>.</summary>
    /// <exception cref="RefusedException">403.</exception>
    public async ValueTask RequireAppAdminAsync(Caller caller, string appId, CancellationToken cancellationToken)
    {
        var wanted = Grants.AdministersOf(appId);
        if (!await HasAsync(caller.UserId, wanted, cancellationToken))
        {
            throw new RefusedException(Refusal.Forbidden, $"permission denied: {wanted}");
        }
    }

    /// <summary>Refuses unless the caller holds <c>*</c>.</summary>
    /// <exception cref="RefusedException">403 <c>admin access required</c>.</exception>
    public async ValueTask RequireAdminAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (!(await OfAsync(caller.UserId, cancellationToken)).IsAdmin)
        {
            throw new RefusedException(Refusal.Forbidden, "admin access required");
        }
    }
}
