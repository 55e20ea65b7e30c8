namespace EventLedger.Embedded.Processes;

/// <summary>Another user that a child runs as, when we are root.</summary>
/// <param name="Name">As in the password file.</param>
/// <param name="Uid">The user's number.</param>
/// <param name="Gid">The number of the user's first group.</param>
public sealed record User(string Name, int Uid, int Gid)
{
    private const string PasswordFile = "/etc/passwd";

    /// <summary>Who PostgreSQL runs as: null, so ourselves, unless we are root, whom PostgreSQL refuses.</summary>
    internal static User? ForPostgres() => Environment.IsPrivilegedProcess
        ? First(File.ReadAllLines(PasswordFile), "postgres", "nobody")
            ?? throw new EmbeddedException("PostgreSQL doesn't run as root, and neither postgres nor nobody is a user.")
        : null;

    /// <summary>The first of the names that the password file's lines know.</summary>
    internal static User? First(IReadOnlyList<string> lines, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (lines.FirstOrDefault(line => line.StartsWith(name + ':')) is { } line
                && line.Split(':') is [_, _, var uid, var gid, ..])
            {
                return new(name, int.Parse(uid), int.Parse(gid));
            }
        }

        return null;
    }
}
