using EventLedger.Proxy.Injection;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// Tells whether an upstream refused a request because of the usage that was asked for on its client's behalf.
/// </summary>
internal static class StreamOptionsRefusal
{
    private const int BytesMax = 64 * 1024;

    /// <summary>Reads the beginning of a 4xx answer; if it says something else, the answer is as it was.</summary>
    public static async Task<bool> IsAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if ((int)response.StatusCode is < 400 or > 499)
        {
            return false;
        }

        var body = await response.Content.ReadAsStreamAsync(cancellation);
        var bytes = new byte[BytesMax];
        var read = await body.ReadAtLeastAsync(bytes, BytesMax, throwOnEndOfStream: false, cancellation);

        if (bytes.AsSpan(0, read).IndexOf("stream_options"u8) >= 0)
        {
            return true;
        }

        response.Content = new StreamContent(new PrefixedStream(bytes.AsMemory(0, read), body));
        return false;
    }
}
