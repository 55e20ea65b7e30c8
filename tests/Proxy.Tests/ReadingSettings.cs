using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Settings;

namespace EventLedger.Proxy.Tests;

public class ReadingSettings
{
    private const string Broker = "nats://127.0.0.1:4222";

    [Fact]
    public void Only_the_broker_has_to_be_named()
    {
        var settings = Read();

        settings.UpstreamUrl.ShouldBe(new Uri("http://localhost:3000"));
        settings.ListenPort.ShouldBe(8086);
        settings.Spool.Folder.ShouldBe("/var/lib/metering-sidecar/spool");
        settings.PriceMicroOmrPerToken.ShouldBe(156);
        settings.PublishTimeout.ShouldBe(TimeSpan.FromSeconds(5));
        (settings.CustomerIdHeader, settings.TenantIdHeader).ShouldBe(("x-customer-id", "x-tenant-id"));
        settings.HeaderTimeout.ShouldBe(TimeSpan.FromSeconds(10));
        settings.IdleTimeout.ShouldBe(TimeSpan.FromSeconds(120));
        settings.RequestTimeout.ShouldBe(TimeSpan.FromSeconds(300));
    }

    [Theory]
    [InlineData("300ms", 300)]
    [InlineData("5s", 5_000)]
    [InlineData("3m", 180_000)]
    public void A_duration_has_its_unit(string text, int milliseconds) =>
        Read(("NATS_PUBLISH_TIMEOUT", text)).PublishTimeout.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("NATS_URL", "")]
    [InlineData("NATS_URL", "localhost:4222")]
    [InlineData("NATS_URL", "nats://a,http://b")]
    [InlineData("NATS_PUBLISH_TIMEOUT", "5")]
    [InlineData("NATS_PUBLISH_TIMEOUT", "0s")]
    [InlineData("NATS_PUBLISH_TIMEOUT", "1h")]
    [InlineData("NEWAPI_UPSTREAM_URL", "localhost:3000")]
    [InlineData("NEWAPI_UPSTREAM_URL", "http://user:secret@x")]
    [InlineData("NEWAPI_UPSTREAM_URL", "ftp://x")]
    [InlineData("LISTEN_PORT", "65536")]
    [InlineData("LISTEN_PORT", "-1")]
    [InlineData("LISTEN_PORT_HTTP2", "x")]
    [InlineData("PRICE_MICRO_OMR_PER_TOKEN", "1.5")]
    [InlineData("PRICE_MICRO_OMR_PER_TOKEN", "-1")]
    [InlineData("CUSTOMER_ID_HEADER", "x customer")]
    [InlineData("TENANT_ID_HEADER", "x:y")]
    [InlineData("TRUSTED_PROXIES", "10.0.0.0/33")]
    [InlineData("INJECT_STREAM_USAGE", "yes")]
    [InlineData("INJECT_BODY_MAX", "0")]
    [InlineData("SPOOL_MAX_BYTES", "1")]
    [InlineData("SPOOL_FSYNC_MS", "0")]
    [InlineData("SPOOL_MEMORY_MAX_BYTES", "65535")]
    [InlineData("DRAIN_MAX_TIME", "2d")]
    [InlineData("DRAIN_MAX_RESPONSES", "-1")]
    [InlineData("DRAIN_MAX_BYTES", "0")]
    [InlineData("HEADER_TIMEOUT", "10")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")]
    [InlineData("IDLE_TIMEOUT", "0s")]
    [InlineData("REQUEST_TIMEOUT", "25h")]
    public void A_wrong_one_is_named(string name, string value)
    {
        var message = Should.Throw<SettingException>(() => Read((name, value))).Message;

        message.ShouldStartWith($"{name} is ");
        message.ShouldContain("; expected ");
    }

    [Fact]
    public void A_source_is_as_long_as_an_envelope_can_hold()
    {
        var longest = new string('s', EnvelopeReader.NameLengthMax);

        Read(("USAGE_SOURCE", longest)).Spool.Source.ShouldBe(longest);
        Should.Throw<SettingException>(() => Read(("USAGE_SOURCE", longest + "s"))).Message
            .ShouldEndWith("expected a name of at most 512 characters.");
    }

    [Theory]
    [InlineData("NATS_URL")]
    [InlineData("NEWAPI_UPSTREAM_URL")]
    public void A_password_is_not_repeated(string name) =>
        Should.Throw<SettingException>(() => Read((name, "ftp://user:secret@x"))).Message.ShouldNotContain("secret");

    private static ProxySettings Read(params (string Name, string Value)[] settings)
    {
        var variables = new Dictionary<string, string> { ["NATS_URL"] = Broker };

        foreach (var (name, value) in settings)
        {
            variables[name] = value;
        }

        return ProxySettings.Read(variables.GetValueOrDefault);
    }
}
