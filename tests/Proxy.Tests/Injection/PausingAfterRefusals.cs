using System.Text;
using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Tests.Rig;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Proxy.Tests.Injection;

public class PausingAfterRefusals
{
    [Fact]
    public async Task An_upstream_that_refused_is_asked_again_after_the_pause()
    {
        var clock = new ManualClock();
        var settings = ProxySettings.Read(name => name is "NATS_URL" ? "nats://127.0.0.1:4222" : null);
        var injection = new UsageInjection(
            settings, new InjectionCounters(), clock, NullLogger<UsageInjection>.Instance);

        (await AsksAsync(injection)).ShouldBeTrue();
        injection.NoteRefusal();
        clock.Pass(UsageInjection.PauseAfterRefusal - TimeSpan.FromTicks(1));
        (await AsksAsync(injection)).ShouldBeFalse();
        clock.Pass(TimeSpan.FromTicks(1));
        (await AsksAsync(injection)).ShouldBeTrue();
    }

    private static async Task<bool> AsksAsync(UsageInjection injection)
    {
        var request = new DefaultHttpContext().Request;
        request.Path = "/v1/chat/completions";
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes("""{"stream":true}"""));

        return await injection.AskAsync(request, arrived: null, CancellationToken.None) is { IsChanged: true };
    }
}
