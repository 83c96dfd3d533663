namespace RootCx.SupervisorHost.Workers;

/// <summary>A version of an app's code, unpacked and ready to be started.</summary>
/// <param name="AppId">The app.</param>
/// <param name="Version">Its number.</param>
/// <param name="Folder">Where it lies; never changed after it was made.</param>
/// <param name="EntryPoint">Relative to <paramref name="Folder"/>.</param>
public sealed record AppVersion(string AppId, int Version, string Folder, string EntryPoint);
