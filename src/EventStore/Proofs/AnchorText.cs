using System.Text.Json;

namespace EventLedger.EventStore.Proofs;

/// <summary>Anchors as they are written, one on a line.</summary>
public static class AnchorText
{
    /// <summary>The most lines of a file of anchors.</summary>
    public const int LinesMax = 1_000_000;

    /// <summary>The most bytes of such a file.</summary>
    public const int BytesMax = 256 * 1024 * 1024;

    private const int Version = 1;

    /// <summary>The anchor as one line.</summary>
    public static string Write(Anchor anchor) => ProofText.Write(json =>
    {
        WriteContent(json, anchor);
        json.WriteBase64String("signature", anchor.Signature);
    });

    /// <summary>What is signed: the same line without the signature.</summary>
    public static string WriteUnsigned(Anchor anchor) => ProofText.Write(json => WriteContent(json, anchor));

    /// <summary>Reads every line.</summary>
    /// <exception cref="ProofException">There is none, or one isn't an anchor.</exception>
    public static IReadOnlyList<Anchor> ReadAll(IEnumerable<string> lines)
    {
        var anchors = new List<Anchor>();

        foreach (var line in lines)
        {
            if (anchors.Count == LinesMax)
            {
                throw new ProofException($"There are more than {LinesMax} anchors.");
            }

            anchors.Add(ReadLine(line, anchors.Count + 1));
        }

        return anchors.Count > 0 ? anchors : throw new ProofException("There is no anchor in it.");
    }

    private static Anchor ReadLine(string line, int number)
    {
        try
        {
            return ProofText.Read(
                line,
                "an anchor",
                json => new Anchor(
                    json.Count("block"), json.Count("position"), json.Int64("time_us"), json.Hash("hash"),
                    json.Hash("key"), json.GetProperty("signature").GetBytesFromBase64()),
                Write);
        }
        catch (ProofException wrong)
        {
            throw new ProofException($"Line {number}: {wrong.Message}", wrong);
        }
    }

    private static void WriteContent(Utf8JsonWriter json, Anchor anchor)
    {
        json.WriteNumber("anchor", Version);
        json.WriteNumber("block", anchor.Block);
        json.WriteNumber("position", anchor.Position);
        json.WriteNumber("time_us", anchor.TimeUs);
        json.WriteHex("hash", anchor.Hash);
        json.WriteHex("key", anchor.Key);
    }
}
