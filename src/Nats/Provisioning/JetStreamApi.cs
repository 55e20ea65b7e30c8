using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventLedger.Nats;

/// <summary>Requests to JetStream's API. All made here can be made twice, so what got lost is made again.</summary>
internal sealed class JetStreamApi(NatsConnection connection, JetStreamOptions options)
{
    /// <summary>The answer; null where it is one of the errors that mean "there is none".</summary>
    public async ValueTask<JsonObject?> FindAsync(
        string subject, int notFound, CancellationToken cancellation, JsonObject? request = null)
    {
        try
        {
            return await CallAsync(subject, request, cancellation);
        }
        catch (JetStreamException e) when (e.ErrorCode == notFound || e.ErrorCode == JetStreamErrors.StreamNotFound)
        {
            return null;
        }
    }

    public async ValueTask<JsonObject> CallAsync(string subject, JsonObject? request, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CallOnceAsync(subject, request, cancellation);
            }
            catch (Exception e) when (attempt < options.AttemptsMax && CanRetry(e))
            {
                await Task.Delay(options.RetryDelay, connection.Time, cancellation);
            }
        }
    }

    private async ValueTask<JsonObject> CallOnceAsync(
        string subject, JsonObject? request, CancellationToken cancellation)
    {
        var body = request is null
            ? []
            : JsonSerializer.SerializeToUtf8Bytes(request, JetStreamJson.Default.JsonObject);
        var reply = await connection.RequestAsync(
            JetStream.ApiPrefix + subject, body, options.RequestTimeout, cancellation);
        var answer = Parse(subject, reply.Body.Span);

        return answer["error"].Deserialize(JetStreamJson.Default.ApiError) is { } error
            ? throw new JetStreamException(
                $"{subject} was refused: {error.Description} ({error.ErrCode}).",
                error.ErrCode,
                JetStreamErrors.CanRetry(error.ErrCode, error.Code))
            : answer;
    }

    private static JsonObject Parse(string subject, ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, JetStreamJson.Default.JsonObject)
                ?? throw new NatsProtocolException($"{subject} was answered with null.");
        }
        catch (JsonException e)
        {
            throw new NatsProtocolException($"{subject} was answered with something else than JSON: {e.Message}");
        }
    }

    private static bool CanRetry(Exception failure) => failure
        is NatsTimeoutException or NatsDisconnectedException or NatsNoRespondersException
        or JetStreamException { CanRetry: true };
}
