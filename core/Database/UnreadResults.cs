using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace RootCx.Core.Database;

/// <summary>Results that nobody wants to read to their end.</summary>
public static class UnreadResults
{
    /// <summary>Ends the statement and closes its reader; closing alone would read all that is left, however much that is.</summary>
    [SuppressMessage("Reliability", "CA1849", Justification = "There is no other form of it; it takes the time of one connection.")]
    public static async Task AbandonAsync(this NpgsqlDataReader reader, NpgsqlCommand command)
    {
        try
        {
            command.Cancel();
            await reader.DisposeAsync();
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            // Cancelled, as was wished.
        }
    }
}
