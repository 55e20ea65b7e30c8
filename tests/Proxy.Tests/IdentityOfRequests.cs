using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Spool;
using EventLedger.Proxy.Tests.Rig;

namespace EventLedger.Proxy.Tests;

public class IdentityOfRequests
{
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";

    [Theory]
    [InlineData("")]
    [InlineData("x-customer-id:\r\n")]
    [InlineData("x-customer-id: \t \r\n")]
    [InlineData("x-customer-id: a\r\nx-customer-id: b\r\n")]
    public async Task A_missing_customer_still_makes_an_envelope_and_nobody_is_charged(string headers)
    {
        var record = await ObserveAsync(headers);

        EnvelopeReader.TryRead(record.Body.Span, out _, out var problem).ShouldBeFalse();
        problem.Field.ShouldBe("customer_id");
    }

    [Fact]
    public async Task The_headers_have_the_names_that_are_set()
    {
        var record = await ObserveAsync(
            "X-User: u\r\nX-Org: o\r\nx-customer-id: other\r\n",
            ("CUSTOMER_ID_HEADER", "x-user"),
            ("TENANT_ID_HEADER", "x-org"));

        var envelope = SpoolFiles.EnvelopeOf(record);
        (envelope.CustomerId, envelope.TenantId).ShouldBe(("u", "o"));
    }

    [Theory]
    [InlineData("127.0.0.0/8", "c")]
    [InlineData("10.0.0.0/8, 127.0.0.1", "c")]
    public async Task A_trusted_network_may_name_the_customer(string networks, string customer) =>
        SpoolFiles.EnvelopeOf(await ObserveAsync("x-customer-id: c\r\n", ("TRUSTED_PROXIES", networks)))
            .CustomerId.ShouldBe(customer);

    [Fact]
    public async Task Another_network_may_not()
    {
        var record = await ObserveAsync(
            "x-customer-id: victim\r\nx-tenant-id: t\r\n", ("TRUSTED_PROXIES", "10.0.0.0/8"));

        System.Text.Encoding.UTF8.GetString(record.Body.Span).ShouldNotContain("victim");
        EnvelopeReader.TryRead(record.Body.Span, out _, out var problem).ShouldBeFalse();
        problem.Field.ShouldBe("customer_id");
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-Request-Id: \r\n")]
    [InlineData("X-Request-Id: a\r\nX-Request-Id: b\r\n")]
    public async Task A_request_without_an_id_of_its_own_gets_one(string headers)
    {
        var envelope = SpoolFiles.EnvelopeOf(await ObserveAsync(headers + "x-customer-id: c\r\n"));

        Guid.TryParse(envelope.RequestId, out _).ShouldBeTrue();
        envelope.RequestId.ShouldNotBe(envelope.ObservationId);
    }

    private static async Task<SpoolRecord> ObserveAsync(string headers, params (string, string)[] settings)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, settings);
        (await Client.SendOnceAsync(proxy.Port, "/v1/embeddings", headers: headers)).Text.ShouldBe(Usage);

        using var reader = proxy.Spool.Store!.ReadUnpublished();
        return SpoolFiles.ReadAll(reader).ToList().ShouldHaveSingleItem();
    }
}
