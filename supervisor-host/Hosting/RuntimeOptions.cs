using System.ComponentModel.DataAnnotations;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>The API, seen from workers; section <c>Runtime</c>.</summary>
public sealed class RuntimeOptions
{
    private string _url = "";

    /// <summary>The section these are bound to.</summary>
    public const string Section = "Runtime";

    /// <summary>Base address of the API as workers reach it; a slash at the end is dropped.</summary>
    [Required(ErrorMessage = "Runtime:Url is required: the API's address as workers reach it, for instance http://127.0.0.1:9100.")]
    [Url(ErrorMessage = "Runtime:Url must be an absolute http or https address.")]
    public string Url
    {
        get => _url;
        set => _url = value.TrimEnd('/');
    }
}
