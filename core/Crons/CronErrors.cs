using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>How crons refuse.</summary>
public static class CronErrors
{
    /// <summary>400 with the prefix that all errors of crons have.</summary>
    public static RefusedException Invalid(string text) => new(Refusal.Invalid, $"cron error: {text}");
}
