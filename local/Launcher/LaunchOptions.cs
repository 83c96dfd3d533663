namespace RootCx.Local.Launcher;

/// <summary>What was asked for on the command line.</summary>
/// <param name="RepositoryRoot">Full path of the folder that holds <c>node_modules</c> and <c>examples</c>.</param>
/// <param name="DataFolder">Full path of the folder that keeps everything between two starts.</param>
/// <param name="Port">Port of the API on the loopback address; 0 takes a free one.</param>
/// <param name="Demo">Whether to deploy the example app.</param>
internal sealed record LaunchOptions(string RepositoryRoot, string DataFolder, int Port, bool Demo);
