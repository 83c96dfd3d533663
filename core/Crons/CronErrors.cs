using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>How crons refuse.</summary>
public static class CronErrors
{
    /// <summary>What all errors of crons begin with.</summary>
    public const string Prefix = "cron error: ";

    /// <summary>400 with that prefix.</summary>
    public static RefusedException Invalid(string text) => new(Refusal.Invalid, $"{Prefix}{text}");
}
