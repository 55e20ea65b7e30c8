using System.Text;
using EventLedger.NodeBilling.Otoml;
using EventLedger.Testing;

namespace EventLedger.NodeBilling.Tests.Otoml;

/// <summary>Files that are nearly right: read or refused with a place within them, and never anything else.</summary>
public class MutatingFiles
{
    private const int Seed = 20261121;
    private const int EditsMax = 2;

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\"", "'", "\"\"\"", "'''", "\\", "\\u00e9", "\\U0001F600", "\\ud800", "#", "=", ".", ",", "[", "]", "[[",
            "]]", "{", "}", "\n", "\r\n", "\r", "\t", "\0", "\u007f", "é", "😀", "O:\n", "1", "-", "_", "0x", "1e3",
            "true", "1979-05-27", "07:32:00", "T", "Z", "records", "[[records]]\n", "a = 1\n", "a.b = 1\n", "[a]\n",
        }.Select(Encoding.UTF8.GetBytes),
        [0x80], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80],
    ];

    private static readonly byte[][] Files =
        [.. new[] { "one", "several", "none", "unusual" }.Select(name => Batches.Golden(name + ".otoml"))];

    [Fact]
    public void Every_beginning_of_a_file_is_read_or_refused()
    {
        foreach (var file in Files)
        {
            for (var length = 0; length <= file.Length; length++)
            {
                ShouldBeReadOrRefused(file[..length], $"the first {length} bytes of {Encoding.UTF8.GetString(file)}");
            }
        }
    }

    [Fact]
    public void Every_mutation_of_a_file_is_read_or_refused()
    {
        var refused = 0;
        var rounds = Rounds.Of(few: 20_000, many: 2_000_000);

        for (var round = 0; round < rounds; round++)
        {
            var random = new Random(Seed + round);
            var file = Mutated(random);
            refused += ShouldBeReadOrRefused(file, $"round {round}: {Convert.ToHexString(file)}") ? 0 : 1;
        }

        // Both happen, or the mutations are too tame or too wild to tell anything.
        refused.ShouldBeInRange(rounds / 10, rounds * 9 / 10);
    }

    private static bool ShouldBeReadOrRefused(byte[] file, string what)
    {
        try
        {
            var records = UsageBatchReader.Read(file).Records.Select(placed => placed.Record).ToArray();
            Batches.RecordsOf(UsageBatchWriter.Write(records)).ShouldBe(records, ignoreOrder: true, what);
            return true;
        }
        catch (OtomlException refused)
        {
            ShouldBeWithin(file, refused.Problem.Place, what);
            return false;
        }
    }

    private static void ShouldBeWithin(byte[] file, OtomlPlace place, string what)
    {
        var lines = Encoding.UTF8.GetString(file).Split('\n');
        place.Line.ShouldBeInRange(1, lines.Length, what);
        place.Column.ShouldBeInRange(1, lines[place.Line - 1].Length + 1, what);
    }

    private static byte[] Mutated(Random random)
    {
        var file = Files[random.Next(Files.Length)];

        for (var edits = random.Next(1, EditsMax + 1); edits > 0; edits--)
        {
            file = Edited(file, random);
        }

        return file;
    }

    private static byte[] Edited(byte[] file, Random random)
    {
        var at = random.Next(file.Length + 1);
        var end = Math.Min(file.Length, at + random.Next(1, 1 << random.Next(1, 8)));
        var other = Files[random.Next(Files.Length)];
        var from = random.Next(other.Length);

        return random.Next(6) switch
        {
            0 => [.. file[..at], .. file[end..]],
            1 => [.. file[..end], .. file[at..]],
            2 => [.. file[..at], (byte)random.Next(256), .. file[end..]],
            3 => [.. file[..at], .. other[from..random.Next(from, other.Length)], .. file[at..]],
            _ => [.. file[..at], .. Tokens[random.Next(Tokens.Length)], .. file[at..]],
        };
    }
}
