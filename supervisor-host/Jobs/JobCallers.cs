using System.Collections.Concurrent;
using RootCx.Core.Auth;
using RootCx.Core.Jobs;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>Gives each job the caller that its user is, with a token to act for them: of a minute's age at most, so that nearly all of its time is left.</summary>
public sealed class JobCallers(AccessTokens tokens, TimeProvider time)
{
    private const int Most = 10_000;

    private static readonly TimeSpan Age = TimeSpan.FromMinutes(1);
    private static readonly byte[] Nobody = WorkerMessages.JobCaller(null);

    private readonly ConcurrentDictionary<Guid, (byte[] Caller, string Email, long MadeAt)> _made = new();

    /// <summary>The caller as JSON; <c>null</c> for a job of nobody's, or of somebody who is gone.</summary>
    public ReadOnlySpan<byte> For(JobDelivery job)
    {
        if (job is not { UserId: { } userId, Email: { } email })
        {
            return Nobody;
        }

        if (_made.TryGetValue(userId, out var made) && made.Email == email && time.GetElapsedTime(made.MadeAt) < Age)
        {
            return made.Caller;
        }

        if (_made.Count >= Most)
        {
            _made.Clear();
        }

        var caller = WorkerMessages.JobCaller(new Caller(userId, email, tokens.IssueAccess(userId, email)));
        _made[userId] = (caller, email, time.GetTimestamp());
        return caller;
    }
}
