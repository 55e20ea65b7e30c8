using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Proxy.Spool;

internal sealed partial class SpoolStore
{
    // An older sidecar left one envelope in each file. A file is deleted once its envelope is in a flushed segment:
    // a crash between the two publishes it again under the same message id.
    private void TakeOverFiles()
    {
        foreach (var path in Directory.EnumerateFiles(folder.Root, "*.json"))
        {
            try
            {
                TakeOver(path);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogNotTakenOver(path, failure);
            }
        }
    }

    private void TakeOver(string path)
    {
        if (new FileInfo(path).Length > RecordFrame.BodyBytesMax)
        {
            throw new IOException($"It has more than {RecordFrame.BodyBytesMax} bytes, which no envelope has.");
        }

        var body = File.ReadAllBytes(path);
        var frame = new ArrayBufferWriter<byte>();
        RecordFrame.Write(new(Sequence: 0, MessageId(body), body), frame);

        Log.Append(frame.WrittenSpan);
        Log.Flush();
        File.Delete(path);
        counters.TakenOver.Add();
    }

    private static Guid MessageId(ReadOnlySpan<byte> body)
    {
        if (EnvelopeReader.TryRead(body, out var envelope, out _))
        {
            return Guid.TryParse(envelope.ObservationId, out var id)
                ? id
                : Digest([envelope.CustomerId, envelope.RequestId], body);
        }

        return Digest([], body);
    }

    private static Guid Digest(string[] names, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        foreach (var name in names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name.Length}:{name}"));
        }

        hash.AppendData(body);
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }

    [LoggerMessage(LogLevel.Error, "The envelope in {Path} is not taken over; the file stays.")]
    private partial void LogNotTakenOver(string path, Exception failure);
}
