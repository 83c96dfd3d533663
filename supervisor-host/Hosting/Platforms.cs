using System.Runtime.Versioning;

// File modes, process groups and Unix domain sockets are what keeps workers apart.
[assembly: SupportedOSPlatform("linux")]
[assembly: SupportedOSPlatform("macos")]
