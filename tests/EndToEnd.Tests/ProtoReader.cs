namespace EventLedger.EndToEnd.Tests;

/// <summary>A field of a protobuf message: its number, and its bytes or its number as eight of them.</summary>
internal readonly record struct ProtoField(int Number, ReadOnlyMemory<byte> Bytes)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Bytes.Span);

    public string Hex => Convert.ToHexStringLower(Bytes.Span);
}

/// <summary>Reads protobuf without a schema, as far as OTLP needs it.</summary>
internal static class ProtoReader
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Counted = 2;

    /// <summary>The fields of a message.</summary>
    public static IEnumerable<ProtoField> Fields(ReadOnlyMemory<byte> message)
    {
        var at = 0;

        while (at < message.Length)
        {
            var key = ReadVarint(message.Span, ref at);
            var start = at;
            var length = (int)(key & 7) switch
            {
                Varint => VarintLength(message.Span, at),
                Fixed64 => 8,
                Counted => Count(message.Span, ref start),
                _ => 4,
            };
            at = start + length;
            yield return new((int)(key >> 3), message.Slice(start, length));
        }
    }

    /// <summary>The messages that a path of field numbers leads to.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Find(ReadOnlyMemory<byte> message, params int[] path) =>
        path is [var first, .. var rest]
            ? Fields(message).Where(field => field.Number == first).SelectMany(field => Find(field.Bytes, rest))
            : [message];

    private static int Count(ReadOnlySpan<byte> bytes, ref int at) => (int)ReadVarint(bytes, ref at);

    private static int VarintLength(ReadOnlySpan<byte> bytes, int at)
    {
        var end = at;
        ReadVarint(bytes, ref end);
        return end - at;
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;

        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;

            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
