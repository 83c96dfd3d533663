using System.CommandLine;
using RootCx.Bench;
using RootCx.Bench.Auth;
using RootCx.Bench.Crons;
using RootCx.Bench.Data;
using RootCx.Bench.Frontends;
using RootCx.Bench.Jobs;
using RootCx.Bench.Rpc;
using RootCx.Bench.Workers;

if (args is [StaticFiles.Argument, var folder])
{
    return await StaticFiles.ServeAsync(folder);
}

Benchmark[] benchmarks = [new RpcBenchmark(), new DeployBenchmark(), new CrashBenchmark(), new LogBenchmark(), new WorkerBenchmark(), new JobsBenchmark(), new CronsBenchmark(), new AuthBenchmark(), new DataBenchmark(), new StaticFileBenchmark()];

var name = new Argument<string>("name") { Description = "Which one", HelpName = "NAME" };
name.AcceptOnlyFromAmong([.. benchmarks.Select(benchmark => benchmark.Name)]);
var json = new Option<string?>("--json") { Description = "Also write the figures to this file", HelpName = "FILE" };
var markdown = new Option<bool>("--markdown") { Description = "Print them as a table in Markdown" };
var root = new RootCommand("Measures the platform beside what it is compared with, in the same run.") { name, json, markdown };
root.SetAction(async (result, cancellation) =>
{
    var figures = await benchmarks.Single(benchmark => benchmark.Name == result.GetValue(name)).RunAsync(cancellation);
    if (result.GetValue(markdown))
    {
        Report.PrintMarkdown(figures);
    }
    else
    {
        Report.Print(figures);
    }

    if (result.GetValue(json) is { } file)
    {
        await Report.WriteAsync(file, figures, cancellation);
    }
});
return await root.Parse(args).InvokeAsync();
