using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>This supervisor; section <c>Supervisor</c>.</summary>
public sealed class SupervisorOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Supervisor";

    /// <summary>
    /// Names this supervisor, and with it its request queue: a-z, 0-9 and single dashes, at most 40 characters. A restarted supervisor with the same id
    /// takes its apps back at once. By default made from the machine's name.
    /// </summary>
    [RegularExpression("^[a-z0-9](-?[a-z0-9]){0,39}$", ErrorMessage = "Supervisor:Id must be of a-z, 0-9 and single dashes, at most 40 characters.")]
    public string Id { get; set; } = FromMachineName(Environment.MachineName);

    /// <summary>Most calls of all apps that may be under way; more are refused. See also <c>Workers:MostCalls</c>.</summary>
    [Range(1, 1_000_000)]
    public int MostCalls { get; set; } = 10_000;

    /// <summary>Where unpacked versions lie. May be lost: everything in it is made anew from blob storage.</summary>
    [Required(ErrorMessage = "Supervisor:DataFolder is required: a folder of this supervisor's own, which nobody else may write to.")]
    public string DataFolder { get; set; } = "";

    /// <summary>So many running apps it takes at most, and how large its share is beside other supervisors.</summary>
    [Range(1, 100_000)]
    public int Capacity { get; set; } = 1000;

    /// <summary>How long it gives other supervisors, if there are any, to take its apps over when it is told to end.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The id that a machine of that name gets. Names of replicas begin alike and may be long, so a long one ends with a hash of all of it.</summary>
    internal static string FromMachineName(string machine)
    {
        var lower = machine.ToLowerInvariant();
        var name = string.Join('-', lower.Split([.. lower.Where(c => !char.IsAsciiLetterOrDigit(c)).Distinct()], StringSplitOptions.RemoveEmptyEntries));
        return name.Length switch
        {
            0 => "supervisor",
            > 40 => $"{name[..31].TrimEnd('-')}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(machine)))[..8]}",
            _ => name,
        };
    }
}
