namespace RootCx.SupervisorHost.Deployments;

/// <summary>The app has changed hands since the work began; whoever holds it now takes the work up.</summary>
public sealed class LeaseLostException(string appId) : Exception($"The lease on {appId} has passed on.");
