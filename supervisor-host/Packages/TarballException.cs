namespace RootCx.SupervisorHost.Packages;

/// <summary>A tarball that can't be kept. The message is for the deployer.</summary>
public sealed class TarballException(string message) : Exception(message);
