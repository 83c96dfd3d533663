namespace RootCx.Core.Frontends;

/// <summary>A file that is to become one of a front end.</summary>
/// <param name="Path">From the root of the front end, with <c>/</c>.</param>
/// <param name="Location">Where its content is.</param>
internal sealed record FrontendSource(string Path, string Location);
