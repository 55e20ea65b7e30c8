using System.Buffers;

namespace EventLedger.Proxy.Injection;

/// <summary>
/// Takes out of a stream of events what only <c>include_usage</c> brought: the last chunk, which has usage and no
/// choices, and <c>"usage":null</c> in the others. An event is held until it is whole; every other byte stays.
/// </summary>
internal sealed class UsageRemover
{
    /// <summary>The largest event that is looked at; a larger one passes as it is.</summary>
    public const int EventBytesMax = 256 * 1024;

    private readonly ArrayBufferWriter<byte> held = new();
    private int lineLength;
    private bool afterCarriageReturn;
    private bool isPassing;
    private bool isOtherForm;

    /// <summary>Takes the next bytes; what can go on goes to <paramref name="output"/>.</summary>
    public void Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        while (!bytes.IsEmpty)
        {
            var end = FindEventEnd(bytes);
            var part = end < 0 ? bytes : bytes[..end];
            bytes = bytes[part.Length..];

            Hold(part, output);

            if (end >= 0 && !isOtherForm)
            {
                EndEvent(output);
            }
        }
    }

    /// <summary>Lets go of what is held: no more comes.</summary>
    public void End(IBufferWriter<byte> output)
    {
        output.Write(held.WrittenSpan);
        held.ResetWrittenCount();
    }

    private void Hold(ReadOnlySpan<byte> part, IBufferWriter<byte> output)
    {
        if (!isPassing && (isOtherForm || held.WrittenCount + part.Length > EventBytesMax))
        {
            isPassing = true;
            End(output);
        }

        (isPassing ? output : held).Write(part);
    }

    private void EndEvent(IBufferWriter<byte> output)
    {
        if (isPassing)
        {
            isPassing = false;
            return;
        }

        UsageEvent.WriteWithoutUsage(held.WrittenSpan, output);
        held.ResetWrittenCount();
    }

    private int FindEventEnd(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var lineEnd = bytes[at..].IndexOf((byte)'\n');

            if (lineEnd < 0)
            {
                NoteLine(bytes[at..]);
                return -1;
            }

            NoteLine(bytes.Slice(at, lineEnd));
            at += lineEnd + 1;
            var isEmpty = lineLength == 0 || (lineLength == 1 && afterCarriageReturn);
            (lineLength, afterCarriageReturn) = (0, false);

            if (isEmpty)
            {
                return at;
            }
        }

        return -1;
    }

    // Lines end in LF or CR LF. Events in lines that end in CR alone pass as they are: nobody sends them.
    private void NoteLine(ReadOnlySpan<byte> part)
    {
        var lone = afterCarriageReturn ? part : part[..Math.Max(part.Length - 1, 0)];
        isOtherForm |= afterCarriageReturn ? !lone.IsEmpty : lone.Contains((byte)'\r');
        lineLength = Math.Min(lineLength + part.Length, EventBytesMax);
        afterCarriageReturn = part.IsEmpty ? afterCarriageReturn : part[^1] == '\r';
    }
}
