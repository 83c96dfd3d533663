namespace RootCx.Core.Crons;

/// <summary>Whose crons somebody may see or change.</summary>
/// <param name="Owner">Whoever asks; null for an app's worker.</param>
/// <param name="All">Everybody's; else the owner's, and those of nobody.</param>
public sealed record CronRange(Guid? Owner, bool All)
{
    /// <summary>Whether a cron is in it.</summary>
    public bool Has(Cron cron) => All || cron.CreatedBy is null || cron.CreatedBy == Owner;
}
