using System.Text.Json;
using RootCx.Core.Errors;
using RootCx.Core.Hooks;
using RootCx.Core.Manifests;
using RootCx.Functions.Api;

namespace RootCx.Functions.Hooks;

/// <summary>Reads what a hook is to be.</summary>
internal static class HookRequest
{
    /// <summary>The hook that a body describes.</summary>
    /// <exception cref="RefusedException">What is missing in it or wrong with it (400).</exception>
    public static NewHook Read(JsonElement body)
    {
        body.RequireOnly("entity", "operation", "action_type", "action_config");
        var entity = body.RequireString("entity");
        var operation = RequireOperation(body.RequireString("operation"));
        if (body.OptionalString("action_type") is { } action && action != "job")
        {
            throw new RefusedException(Refusal.Invalid, "action_type must be 'job' or 'agent', of which only 'job' is supported so far");
        }

        return new NewHook(entity, operation, body.TryGetProperty("action_config", out var config) && config.ValueKind != JsonValueKind.Null ? config.GetRawText() : null);
    }

    /// <summary>The operation of that name.</summary>
    /// <exception cref="RefusedException">There is none (400).</exception>
    public static RowOperation RequireOperation(string name) =>
        RowOperationNames.Find(name) ?? throw new RefusedException(Refusal.Invalid, "operation must be INSERT, UPDATE, or DELETE");
}
