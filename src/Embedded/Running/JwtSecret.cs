using System.Security.Cryptography;

namespace EventLedger.Embedded.Running;

/// <summary>The secret that tokens are signed with: the caller's, or one that is made once and kept.</summary>
public static class JwtSecret
{
    private const int Bytes = 32;

    private static readonly string[] Brought = ["JWT_SECRET", "JWT_SECRET_FILE", "JWT_AUTHORITY"];

    /// <summary>
    /// What the ledger needs in its environment besides what it inherits: nothing where a secret is set, or an
    /// authority, which takes a secret's place.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Ensure(string dataFolder, Func<string, string?> variable)
    {
        if (Brought.Any(name => !string.IsNullOrEmpty(variable(name))))
        {
            return new Dictionary<string, string>();
        }

        var file = Path.Combine(dataFolder, "jwt-secret");

        if (!File.Exists(file))
        {
            Make(file);
        }

        return new Dictionary<string, string> { ["JWT_SECRET_FILE"] = file };
    }

    // Written aside: a file that has the final name is whole, and never was readable by others.
    private static void Make(string file)
    {
        var unfinished = file + ".unfinished";
        File.Delete(unfinished);

        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };

        using (var writer = new StreamWriter(unfinished, options))
        {
            writer.Write(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));
        }

        File.Move(unfinished, file);
    }
}
