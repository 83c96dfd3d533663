namespace RootCx.Core.Schemas;

/// <summary>
/// Gives out names, each once. Generated ones are put together with underscores, which names have in them too, so different things can come to the same.
/// What is there is recognised by what it is, never by such a name.
/// </summary>
/// <param name="taken">Those that are not free.</param>
internal sealed class FreeNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = [.. taken];

    /// <summary>This name, shortened if need be, or one like it.</summary>
    public string Take(string name)
    {
        var free = SqlNames.Shorten(name);
        for (var attempt = 1; !_taken.Add(free); attempt++)
        {
            free = SqlNames.WithHash(name, $"{name}/{attempt}");
        }

        return free;
    }
}
