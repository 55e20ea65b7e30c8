using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Metering;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Usage;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace EventLedger.Proxy.Forwarding;

/// <summary>Sends each request to the upstream and its response back.</summary>
internal sealed class ProxyEndpoint(
    ProxySettings settings,
    IHttpForwarder forwarder,
    UpstreamClient upstream,
    RequestReader requests,
    UsageInjection injection,
    UsageMeter meter,
    MeterCounters counters,
    DrainBudget drainBudget,
    ShutdownGrace grace,
    TimeProvider clock)
{
    private readonly string upstreamUrl = settings.UpstreamUrl.ToString();
    private readonly ForwarderRequestConfig config = new() { ActivityTimeout = settings.IdleTimeout };

    /// <summary>Forwards one request.</summary>
    public async Task ForwardAsync(HttpContext context)
    {
        var request = requests.Read(context);
        using var lifetime = LifetimeOf(context, isMetered: request is not null);
        context.RequestAborted = lifetime.Token;

        try
        {
            var held = request is null ? null : await injection.TryAskAsync(context.Request, lifetime.Token);
            await ForwardAsync(context, request, held, lifetime);
        }
        catch (OperationCanceledException) when (lifetime.Token.IsCancellationRequested)
        {
            // The request's body didn't come in time.
            context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
        }
        catch (IOException gone) when (gone is not BadHttpRequestException)
        {
            // The client went before its body was whole: nobody is there to be told.
            context.Abort();
        }
    }

    private async Task ForwardAsync(
        HttpContext context, MeteredRequest? request, HeldBody? held, ClientLifetime lifetime)
    {
        var sent = await SendAsync(context, request, lifetime, hasAsked: held is not null);

        if (sent.Transformer.IsRefused)
        {
            sent = await SendAsOriginalAsync(context, held!, request, lifetime);
        }

        await SettleAsync(sent.Transformer.Observation, request, sent.Error, lifetime);

        if (sent.Error is not ForwarderError.None && !context.Response.HasStarted && !lifetime.IsClientGone)
        {
            await UpstreamError.WriteAsync(context.Response, sent.Error, lifetime.IsTimedOut);
        }
    }

    private async Task<Sent> SendAsync(
        HttpContext context, MeteredRequest? request, ClientLifetime lifetime, bool hasAsked)
    {
        var transformer = new ObservingTransformer(request, meter, lifetime, hasAsked);
        return new(await forwarder.SendAsync(context, upstreamUrl, upstream.Client, config, transformer), transformer);
    }

    // Only a stream that comes without the asking proves that the asking was refused: a client can provoke the words.
    private async Task<Sent> SendAsOriginalAsync(
        HttpContext context, HeldBody held, MeteredRequest? request, ClientLifetime lifetime)
    {
        context.Response.Clear();
        held.SendOriginal();
        var sent = await SendAsync(context, request, lifetime, hasAsked: false);

        if (sent.Transformer.IsStream)
        {
            injection.NoteRefusal();
        }

        return sent;
    }

    private ClientLifetime LifetimeOf(HttpContext context, bool isMetered)
    {
        // A connection that changes its protocol lasts as long as both sides want it to.
        var mayUpgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
        var timeMax = mayUpgrade ? Timeout.InfiniteTimeSpan : settings.RequestTimeout;

        return new(context.RequestAborted, grace.Token, timeMax, isMetered, drainBudget, clock);
    }

    private async Task SettleAsync(
        Observation? observation, MeteredRequest? request, ForwarderError error, ClientLifetime lifetime)
    {
        var reason = lifetime.IsClientGone ? UnmeteredReason.DrainBudget : UnmeteredReason.CutOff;

        if (observation is not null)
        {
            await observation.BreakOffAsync(reason);
        }
        else if (request is not null && error is not ForwarderError.None && lifetime.IsClientGone)
        {
            meter.NoteUnmetered(request, reason);
        }

        if (lifetime.IsClientGone && observation is not null && error is ForwarderError.None)
        {
            counters.Drained.Add();
        }
    }

    private readonly record struct Sent(ForwarderError Error, ObservingTransformer Transformer);
}
