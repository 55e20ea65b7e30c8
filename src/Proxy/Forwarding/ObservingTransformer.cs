using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Metering;
using EventLedger.Proxy.Usage;
using Yarp.ReverseProxy.Forwarder;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// Copies one request and its response as they are, and puts the meter's eye on the response's body. Where usage was
/// asked for on the client's behalf, it is taken out again.
/// </summary>
internal sealed class ObservingTransformer(
    MeteredRequest? request, UsageMeter meter, UpstreamTargets targets, ClientLifetime lifetime, bool hasAsked)
    : HttpTransformer
{
    /// <summary>What is seen of the response; null where it isn't metered.</summary>
    public Observation? Observation { get; private set; }

    /// <summary>What holds the response until its envelope is safe; null where it isn't metered.</summary>
    public HeldAnswer? Held { get; private set; }

    /// <summary>Whether the upstream refused to be asked; nothing was copied then.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether the response is a stream of events that was metered.</summary>
    public bool IsStream { get; private set; }

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);

        // The upstream's certificate and virtual host go by its own name.
        proxyRequest.Headers.Host = null;
        proxyRequest.RequestUri = targets.Of(httpContext);
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        IsRefused = hasAsked && proxyResponse is not null
            && await StreamOptionsRefusal.IsAsync(proxyResponse, cancellationToken);

        if (IsRefused)
        {
            return false;
        }

        var copies = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);

        if (proxyResponse is null)
        {
            lifetime.StopDraining();
        }
        else
        {
            // Asked first: the body that goes on has no type of its own.
            var kind = ResponseScanners.KindOf(proxyResponse);
            await MeterAsync(httpContext.Response, proxyResponse, kind, cancellationToken);
            await TrailingStream.FrameAsync(httpContext, proxyResponse, cancellationToken);

            if (kind is BodyKind.Events)
            {
                proxyResponse.Content = new BodyContent(new PromptHeadStream(
                    await proxyResponse.Content.ReadAsStreamAsync(cancellationToken), httpContext.Response));
            }
        }

        return copies;
    }

    private async Task MeterAsync(
        HttpResponse answer, HttpResponseMessage response, BodyKind kind, CancellationToken cancellation)
    {
        if (request is null || !ResponseScanners.MayStateUsage(response, kind))
        {
            lifetime.StopDraining();
            return;
        }

        IsStream = kind is BodyKind.Events;

        if (ResponseScanners.For(response, kind) is { } scanner)
        {
            await ObserveAsync(answer, response, scanner, request, cancellation);
        }
        else
        {
            meter.NoteUnmetered(request, UnmeteredReason.Encoding);
            lifetime.StopDraining();
        }
    }

    private async Task ObserveAsync(
        HttpResponse answer,
        HttpResponseMessage response,
        IUsageScanner scanner,
        MeteredRequest metered,
        CancellationToken cancellation)
    {
        Observation = new(meter, metered, scanner, IsStream);
        var arriving = await response.Content.ReadAsStreamAsync(cancellation);
        var gathering = new GatheringStream(arriving, beginsAtOnce: lifetime.IsOneOfFew);
        Stream body = new ObservedStream(gathering, Observation, lifetime, answer);

        if (hasAsked && IsStream)
        {
            body = WithoutUsage(body, response);
            answer.ContentLength = null;
        }

        response.Content = new BodyContent(body);
        answer.Body = Held = new(answer, Observation);
    }

    private static Stream WithoutUsage(Stream body, HttpResponseMessage response) =>
        ContentEncodings.Codec([.. response.Content.Headers.ContentEncoding]) is { } codec
            ? new RecodedStream(body, codec)
            : new UsageRemovingStream(body);
}
