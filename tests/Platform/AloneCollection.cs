namespace RootCx.Tests.Platform;

/// <summary>Tests that need most of what the machine has: they run one after the other, when no others do.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneCollection;
