namespace RootCx.Local.Launcher;

/// <summary>What was asked for on the command line.</summary>
/// <param name="RepositoryRoot">Full path of the folder that holds <c>node_modules</c> and <c>examples</c>.</param>
/// <param name="DataFolder">Full path of the folder that keeps everything between two starts.</param>
/// <param name="Port">Port of the API on the loopback address; 0 takes a free one.</param>
/// <param name="Supervisors">How many there are.</param>
/// <param name="Apis">How many hosts of the API there are.</param>
/// <param name="StorageLog">Whether the storage emulator logs each request.</param>
/// <param name="Demo">Whether to deploy the example app.</param>
internal sealed record LaunchOptions(string RepositoryRoot, string DataFolder, int Port, int Supervisors, int Apis, bool StorageLog, bool Demo)
{
    /// <summary>More hosts of one kind are not started.</summary>
    public const int MostHosts = 8;
}
