using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace EventLedger.EventStore.Schema;

/// <summary>One numbered step of the schema. A step that was released is never edited.</summary>
/// <param name="Number">Its place in the order, from 1, unique across all projects.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Sql">What it runs, in one transaction.</param>
public sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the SQL, in hexadecimal.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>
    /// The steps that <paramref name="assembly"/> carries as resources <c>Migrations/NNNN_name.sql</c>.
    /// </summary>
    public static IEnumerable<Migration> In(Assembly assembly) =>
        from resource in assembly.GetManifestResourceNames()
        where resource.EndsWith(".sql", StringComparison.Ordinal)
        let file = resource.Split('.')[^2]
        select new Migration(int.Parse(file[..4]), file[5..].Replace('_', ' '), ReadText(assembly, resource));

    private static string ReadText(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
