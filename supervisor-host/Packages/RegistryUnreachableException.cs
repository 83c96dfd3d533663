namespace RootCx.SupervisorHost.Packages;

/// <summary>The registry gave no answer. The message is for the deployer.</summary>
public sealed class RegistryUnreachableException(string message, Exception inner) : Exception(message, inner);
