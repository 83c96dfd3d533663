namespace RootCx.Core.Deployments.Archives;

/// <summary>The uploaded archive is refused. The fault is the sender's, and the message is written for the sender: it is shown as it is.</summary>
public sealed class ArchiveException : Exception
{
    public ArchiveException()
        : this("unreadable")
    {
    }

    public ArchiveException(string message)
        : base(message)
    {
    }

    public ArchiveException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The bytes are not a readable archive; <paramref name="what"/> says in which way.</summary>
    internal static ArchiveException Unreadable(string what, Exception? cause = null) => new($"extract archive: {what}", cause);

    /// <summary>The bytes end too early.</summary>
    internal static ArchiveException Truncated(Exception? cause = null) => Unreadable("truncated", cause);

    /// <summary>An entry could reach outside the directory it is unpacked into, or is nothing an archive may bring.</summary>
    internal static ArchiveException Unsafe(string name, string? why = null) =>
        new($"unsafe archive entry: {PrintableText.Of(name)}{(why is null ? "" : " " + why)}");

    /// <summary>A link whose target is not inside the archive's own tree.</summary>
    internal static ArchiveException UnsafeLink(string name, string target) => Unsafe(name, $"links to {PrintableText.Of(target)}");
}
