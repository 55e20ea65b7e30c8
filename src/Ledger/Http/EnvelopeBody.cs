using System.Buffers;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Http;

/// <summary>Reads an envelope from a request's body, never more of it than an envelope may have.</summary>
internal static class EnvelopeBody
{
    /// <summary>The envelope, or what is wrong with it.</summary>
    public static async Task<(UsageEnvelope? Envelope, EnvelopeProblem Problem)> ReadAsync(
        HttpRequest request, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellation);

            // One byte too many is enough for the reader to refuse it.
            if (read.IsCompleted || read.Buffer.Length > EnvelopeReader.BytesMax)
            {
                var body = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, EnvelopeReader.BytesMax + 1L));
                var problem = Parse(body, out var envelope);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return (envelope, problem);
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static EnvelopeProblem Parse(ReadOnlySequence<byte> body, out UsageEnvelope? envelope) =>
        EnvelopeReader.TryRead(body.IsSingleSegment ? body.FirstSpan : body.ToArray(), out envelope, out var problem)
            ? default
            : problem;
}
