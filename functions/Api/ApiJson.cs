using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Auth;
using RootCx.Core.Crons;
using RootCx.Core.Deployments;
using RootCx.Core.Health;
using RootCx.Core.Hooks;
using RootCx.Core.Jobs;
using RootCx.Functions.Apps;
using RootCx.Functions.Auth;
using RootCx.Functions.Crons;
using RootCx.Functions.Deployments;
using RootCx.Functions.Frontends;
using RootCx.Functions.Health;
using RootCx.Functions.Hooks;
using RootCx.Functions.Jobs;
using RootCx.Functions.Logs;
using RootCx.Functions.Rbac;
using RootCx.Functions.Secrets;
using RootCx.Functions.Workers;

namespace RootCx.Functions.Api;

/// <summary>JSON of the API's answers: camel case, except where the contract has snake case, which those types say themselves.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(MessageBody))]
[JsonSerializable(typeof(IReadOnlyList<AppSummary>))]
[JsonSerializable(typeof(AppDetail))]
[JsonSerializable(typeof(VerifiedBody))]
[JsonSerializable(typeof(User))]
[JsonSerializable(typeof(IReadOnlyList<User>))]
[JsonSerializable(typeof(RegisteredBody))]
[JsonSerializable(typeof(RenewedBody))]
[JsonSerializable(typeof(IReadOnlyList<Session>))]
[JsonSerializable(typeof(PermissionsBody))]
[JsonSerializable(typeof(IReadOnlyList<PermissionKey>))]
[JsonSerializable(typeof(IReadOnlyList<Role>))]
[JsonSerializable(typeof(IReadOnlyList<RoleAssignment>))]
[JsonSerializable(typeof(IReadOnlyList<AuditEntry>))]
[JsonSerializable(typeof(IReadOnlyList<RowAuditEntry>))]
[JsonSerializable(typeof(SignedInBody))]
[JsonSerializable(typeof(AuthModeBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(FullHealthBody))]
[JsonSerializable(typeof(ReadinessBody))]
[JsonSerializable(typeof(StatusBody))]
[JsonSerializable(typeof(WorkerStatusBody))]
[JsonSerializable(typeof(WorkerDetailBody))]
[JsonSerializable(typeof(WorkerReplicasBody))]
[JsonSerializable(typeof(WorkersBody))]
[JsonSerializable(typeof(LogRecord))]
[JsonSerializable(typeof(DeploymentSummary))]
[JsonSerializable(typeof(IReadOnlyList<DeploymentSummary>))]
[JsonSerializable(typeof(DeploymentEventBody))]
[JsonSerializable(typeof(EnqueuedBody))]
[JsonSerializable(typeof(EnqueuedBatchBody))]
[JsonSerializable(typeof(IReadOnlyList<JobRow>))]
[JsonSerializable(typeof(IReadOnlyList<JobDetail>))]
[JsonSerializable(typeof(JobDetail))]
[JsonSerializable(typeof(JobCounts))]
[JsonSerializable(typeof(JobStateBody))]
[JsonSerializable(typeof(PurgedBody))]
[JsonSerializable(typeof(Cron))]
[JsonSerializable(typeof(IReadOnlyList<Cron>))]
[JsonSerializable(typeof(IReadOnlyList<CronRun>))]
[JsonSerializable(typeof(TriggeredBody))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(SecretChangedBody))]
[JsonSerializable(typeof(RewrappedBody))]
[JsonSerializable(typeof(EntityHook))]
[JsonSerializable(typeof(IReadOnlyList<EntityHook>))]
[JsonSerializable(typeof(DoneBody))]
[JsonSerializable(typeof(FrontendDeployedBody))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>What answers are written with: quotes and other characters stand as they are, since nothing of it is ever put into HTML.</summary>
    public static ApiJson Plain { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
