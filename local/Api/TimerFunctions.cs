using System.Globalization;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using NCrontab;
using RootCx.Core.Loops;
using RootCx.Functions.Api;

namespace RootCx.Local.Api;

/// <summary>Runs timer-triggered functions on their schedules, with the parser that the Functions runtime uses; times are UTC.</summary>
internal sealed class TimerFunctions(
    IServiceProvider services, IConfiguration configuration, TimeProvider time, ILogger<TimerFunctions> logger) : IHostedService
{
    private readonly List<WorkLoop> _loops = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, method, trigger) in FunctionMethods.WithTrigger<TimerTriggerAttribute>())
        {
            var schedule = CrontabSchedule.Parse(Resolve(trigger.Schedule), new CrontabSchedule.ParseOptions { IncludingSeconds = true });
            var due = Next(schedule);
            var loop = new WorkLoop(
                $"Timer {name}",
                async _ =>
                {
                    if (time.GetUtcNow() < due)
                    {
                        return due - time.GetUtcNow();
                    }

                    due = Next(schedule);
                    await RunAsync(method);
                    return TimeSpan.Zero;
                },
                time,
                logger);
            _loops.Add(loop);
            loop.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync();
        }
    }

    private DateTimeOffset Next(CrontabSchedule schedule) =>
        new(DateTime.SpecifyKind(schedule.GetNextOccurrence(time.GetUtcNow().UtcDateTime), DateTimeKind.Utc));

    // "%Name%" stands for the setting of that name, as on the Functions host.
    private string Resolve(string schedule) => schedule is ['%', .. var name, '%']
        ? configuration[name] ?? throw new InvalidOperationException($"The schedule setting '{name}' is missing.")
        : schedule;

    private async Task RunAsync(MethodInfo method)
    {
        await using var scope = services.CreateAsyncScope();
        var function = ActivatorUtilities.CreateInstance(scope.ServiceProvider, method.DeclaringType!); // found on a type
        await (Task)method.Invoke(function, BindingFlags.DoNotWrapExceptions, binder: null, [new TimerInfo()], CultureInfo.InvariantCulture)!;
    }
}
