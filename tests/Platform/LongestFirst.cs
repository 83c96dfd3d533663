using RootCx.Tests.Auth;
using RootCx.Tests.Crons;
using RootCx.Tests.Deployments;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;
using RootCx.Tests.Rpc;
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
        .. from type in (Type[])
            [
                typeof(JobFaultTests),
                typeof(JobRunTests),
                typeof(SupervisorLossTests),
                typeof(HandlerTests),
                typeof(CronOutageTests),
                typeof(SecretRestartTests),
                typeof(HostileDeployTests),
                typeof(CronRunTests),
                typeof(JobOutageTests),
                typeof(CronPlannerTests),
                typeof(ExternalIssuerTests),
                typeof(UntrustedWorkerTests),
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
