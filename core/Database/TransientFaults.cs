using Npgsql;
using RootCx.Core.Loops;

namespace RootCx.Core.Database;

/// <summary>Faults of the database that pass: it restarts, a connection is lost, all of them are taken.</summary>
public static class TransientFaults
{
    private const int MostAttempts = 8;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Whether it may work a moment later. Npgsql does not count a connection that an administrator, or a crash, ended: class 57P.</summary>
    public static bool Passes(this NpgsqlException exception) =>
        exception.IsTransient || (exception is PostgresException postgres && postgres.SqlState.StartsWith("57P", StringComparison.Ordinal));

    /// <summary>Whether the database refuses a value for what it is (class 22) or for its size or depth (class 54): it will again.</summary>
    public static bool RefusesValue(this PostgresException exception) =>
        exception.SqlState.StartsWith("22", StringComparison.Ordinal) || exception.SqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>Does it again, after growing pauses of 18 s in all, while such a fault is in the way. For what a host can't start without.</summary>
    public static async Task RetryAsync(Func<CancellationToken, Task> action, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await action(cancellationToken);
                return;
            }
            catch (NpgsqlException exception) when (exception.Passes() && attempt < MostAttempts)
            {
                await Task.Delay(Backoff.Exponential(attempt, FirstPause, LongestPause), time, cancellationToken);
            }
        }
    }
}
