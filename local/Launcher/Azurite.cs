using System.Globalization;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>Azure Storage's emulator: blobs and queues. It serves tables too, which nobody uses, because one process is cheaper than two.</summary>
internal sealed class Azurite(string script, string preload, string node, DataFolder data, bool logsRequests)
{
    public const string Name = "azurite";

    // Seconds that an idle connection stays open: longer than the client library keeps one, so that a request never meets a closing connection.
    private const string KeepAlive = "120";

    // Public: every Azurite has this account and key.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly int _blobs = Ports.Free();
    private readonly int _queues = Ports.Free();
    private readonly int _tables = Ports.Free();

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={Ports.Url(_blobs)}/{Account};QueueEndpoint={Ports.Url(_queues)}/{Account};";

    public Part Part() => new()
    {
        Name = Name,
        Title = "Azure Storage emulator",
        Address = $"127.0.0.1:{_blobs} (blobs), :{_queues} (queues)",
        LogFile = data.Log(Name),
        PrepareAsync = _ => Task.FromResult(Serve()),
        IsHealthyAsync = async cancellation =>
            await HttpHealth.AnswersAsync($"{Ports.Url(_blobs)}/", cancellation) && await HttpHealth.AnswersAsync($"{Ports.Url(_queues)}/", cancellation),
        StopGrace = TimeSpan.FromSeconds(5),
    };

    private ProcessStart Serve()
    {
        static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "--require", preload, script, "--location", data.Azurite, .. logsRequests ? Array.Empty<string>() : ["--silent"], "--disableTelemetry", "--skipApiVersionCheck",
            "--blobPort", Text(_blobs), "--queuePort", Text(_queues), "--tablePort", Text(_tables),
            "--blobKeepAliveTimeout", KeepAlive, "--queueKeepAliveTimeout", KeepAlive,
        ];
        return new ProcessStart(node, arguments) { WorkingDirectory = data.Azurite, Environment = HostEnvironment.Inherited() };
    }
}
