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
    ClientLifetimes lifetimes)
{
    private readonly UpstreamTargets targets = new(settings.UpstreamUrl.ToString().TrimEnd('/'));
    private readonly ForwarderRequestConfig config = new() { ActivityTimeout = settings.IdleTimeout };

    /// <summary>Forwards one request.</summary>
    public async Task ForwardAsync(HttpContext context)
    {
        var request = requests.Read(context);
        var whenGone = context.RequestAborted;
        using var lifetime = LifetimeOf(context, isMetered: request is not null);
        context.RequestAborted = lifetime.Token;

        try
        {
            var body = HeldBody.TryTakeArrived(context.Request);
            body = request is null ? body : await injection.AskAsync(context.Request, body, lifetime.Token);
            var transformer = new ObservingTransformer(
                request, meter, targets, lifetime, hasAsked: body is { IsChanged: true });
            var error = await SendAsync(context, body, transformer);

            if (transformer.IsRefused)
            {
                transformer = new(request, meter, targets, lifetime, hasAsked: false);
                error = await SendAsOriginalAsync(context, body!, transformer);
            }

            Settle(transformer.Observation, request, error, lifetime);

            if (transformer.Held is { } held)
            {
                if (transformer.Observation?.Unwritten is { } record)
                {
                    await record.WrittenAsync();
                }

                await held.SendAsync(lifetime.Token);
            }

            if (error is not ForwarderError.None && !context.Response.HasStarted && !lifetime.IsClientGone)
            {
                await UpstreamError.WriteAsync(context.Response, error, lifetime.IsTimedOut);
            }
        }
        catch (OperationCanceledException) when (context.Response.HasStarted)
        {
            // The client takes no more of its answer.
            context.Abort();
        }
        catch (OperationCanceledException)
        {
            // The request's body didn't come in time.
            context.Response.StatusCode = StatusCodes.Status408RequestTimeout;
        }
        catch (IOException gone) when (gone is not BadHttpRequestException)
        {
            // The client went before its body was whole: nobody is there to be told.
            context.Abort();
        }
        finally
        {
            // The lifetime's own token is another request's when the server is done with this one.
            context.RequestAborted = whenGone;
        }
    }

    private ValueTask<ForwarderError> SendAsync(
        HttpContext context, HeldBody? body, ObservingTransformer transformer) =>
        forwarder.SendAsync(context, targets.UpstreamUrl, upstream.ClientFor(body), config, transformer);

    // Only a stream that comes without the asking proves that the asking was refused: a client can provoke the words.
    private async Task<ForwarderError> SendAsOriginalAsync(
        HttpContext context, HeldBody held, ObservingTransformer transformer)
    {
        context.Response.Clear();
        held.SendOriginal();
        var error = await SendAsync(context, held, transformer);

        if (transformer.IsStream)
        {
            injection.NoteRefusal();
        }

        return error;
    }

    private ClientLifetime LifetimeOf(HttpContext context, bool isMetered)
    {
        // A connection that changes its protocol lasts as long as both sides want it to.
        var mayUpgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
        var timeMax = mayUpgrade ? Timeout.InfiniteTimeSpan : settings.RequestTimeout;

        return lifetimes.Begin(context.RequestAborted, timeMax, isMetered);
    }

    private void Settle(
        Observation? observation, MeteredRequest? request, ForwarderError error, ClientLifetime lifetime)
    {
        // The forwarder ends the client's connection where the upstream breaks off: that client hasn't gone by itself.
        var reason = lifetime.IsClientGone && error is not ForwarderError.ResponseBodyDestination
            ? UnmeteredReason.DrainBudget
            : UnmeteredReason.CutOff;

        if (observation is not null)
        {
            observation.BreakOff(reason);
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
}
