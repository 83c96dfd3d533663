using RootCx.Tests.Auth;
using RootCx.Tests.Crons;
using RootCx.Tests.Deployments;
using RootCx.Tests.Functions;
using RootCx.Tests.Infra;
using RootCx.Tests.Jobs;
using RootCx.Tests.Launcher;
using RootCx.Tests.OpenApi;
using RootCx.Tests.Platform;
using RootCx.Tests.Rpc;
using RootCx.Tests.Schemas;
using RootCx.Tests.Secrets;
using RootCx.Tests.Workers;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace RootCx.Tests.Platform;

/// <summary>Classes that take longest come first, so that none of them is still running when all others are done; the rest by name, the same way each time.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] First =
    [
        PairCollection.Name,
        OwnStackCollection.Name,
        .. from type in (Type[])
            [
                typeof(JobFaultTests),
                typeof(JobRunTests),
                typeof(HandlerTests),
                typeof(LauncherLifeTests),
                typeof(SecretRestartTests),
                typeof(CronRunTests),
                typeof(RandomSchemaTests),
                typeof(CronPlannerTests),
                typeof(HostileDeployTests),
                typeof(UntrustedWorkerTests),
                typeof(ThrottleTests),
                typeof(SecurityTableTests),
                typeof(ToolTests),
                typeof(BicepTests),
                typeof(ExternalIssuerTests),
            ]
        select $" {type.FullName} (", // in the name of the collection that each class is by itself
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(Place).ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection =>
        Array.FindIndex(First, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var place ? place : First.Length;
}
