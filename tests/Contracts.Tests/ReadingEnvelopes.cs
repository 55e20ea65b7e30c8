using System.Buffers;
using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Tests;

public class ReadingEnvelopes
{
    private const string Design = """
        {"customer_id":"user-uuid-1","amount_omr":-0.00234,"amount_micro_omr":-2340,"reason":"usage:newapi:qwen3-coder",
         "metadata":{"tokens_used":15,"model":"qwen3-coder","request_id":"req-1","tenant_id":"tenant-acme",
         "latency_ms":423,"completed_at":"2026-11-21T17:00:00Z"}}
        """;

    [Fact]
    public void The_form_of_the_design_is_read_whole()
    {
        var envelope = Read(Design);

        envelope.ShouldBe(new UsageEnvelope
        {
            CustomerId = "user-uuid-1",
            AmountMicroOmr = -2340,
            Reason = "usage:newapi:qwen3-coder",
            RequestId = "req-1",
            TenantId = "tenant-acme",
            TokensUsed = 15,
            Model = "qwen3-coder",
            LatencyMs = 423,
            CompletedAt = new DateTimeOffset(2026, 11, 21, 17, 0, 0, TimeSpan.Zero),
        });
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var envelope = Read(Design) with
        {
            PromptTokens = 10,
            CompletionTokens = 5,
            CachedTokens = 3,
            ReasoningTokens = 2,
            Endpoint = "/v1/chat/completions",
            Stream = true,
            UsageSource = "upstream",
            PriceBook = "2026-11",
            ObservationId = "o-1",
            Source = "gw-1",
            Epoch = "e-1",
            Sequence = 7,
            NodeId = "node-a",
            IdempotencyKey = "k-1",
            NodeAmount = new(-12, new("USD", 2)),
            ResourceKind = "llm_tokens",
            Description = "chat",
        };

        var written = new ArrayBufferWriter<byte>();
        EnvelopeWriter.Write(envelope, written);

        EnvelopeReader.TryRead(written.WrittenSpan, out var back, out var problem).ShouldBeTrue(problem.ToString());
        back.ShouldBe(envelope);
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1000000000000000", 1_000_000_000_000_000L)]
    [InlineData("1000000000000001", null)]
    [InlineData("-1", null)]
    [InlineData("9223372036854775807", null)]
    public void A_sequence_that_nobody_gets_to_by_counting_counts_as_none(string sequence, long? read)
    {
        EnvelopeReader.TryRead(
            Encoding.UTF8.GetBytes($$"""
                {"customer_id":"c","reason":"r","amount_micro_omr":-1,
                "metadata":{"request_id":"r","sequence":{{sequence}} } }
                """),
            out var envelope, out _).ShouldBeTrue();

        envelope.Sequence.ShouldBe(read);
    }

    [Theory]
    [InlineData("\"amount_omr\":-0.000234", -234)]
    [InlineData("\"amount_omr\":-0.000234,\"amount_micro_omr\":0", -234)]
    [InlineData("\"amount_omr\":-0.000234,\"amount_micro_omr\":null", -234)]
    [InlineData("\"amount_omr\":-2.34e-3", -2340)]
    [InlineData("\"amount_omr\":-0.0000005", -1)]
    [InlineData("\"amount_omr\":-0.0000015", -2)]
    [InlineData("\"amount_micro_omr\":-9223372036854775808", long.MinValue)]
    [InlineData("\"amount_omr\":-9223372036854.775808", long.MinValue)]
    [InlineData("\"amount_omr\":0,\"amount_micro_omr\":-5", -5)]
    public void The_amount_is_exact(string amounts, long expected)
    {
        var envelope = Read(WithAmounts(amounts));

        envelope.AmountMicroOmr.ShouldBe(expected);
        envelope.AmountsDiffer.ShouldBeFalse();
    }

    [Fact]
    public void Micro_counts_where_both_amounts_differ_and_the_difference_is_marked()
    {
        var envelope = Read(WithAmounts("\"amount_omr\":-0.5,\"amount_micro_omr\":-2340"));

        envelope.AmountMicroOmr.ShouldBe(-2340);
        envelope.AmountsDiffer.ShouldBeTrue();
    }

    [Theory]
    [InlineData("\"amount_omr\":0", "amount_micro_omr")]
    [InlineData("\"amount_micro_omr\":0", "amount_micro_omr")]
    [InlineData("\"amount_micro_omr\":1", "amount_micro_omr")]
    [InlineData("\"amount_omr\":0.00234", "amount_micro_omr")]
    [InlineData("\"amount_omr\":-0.0000004", "amount_micro_omr")]
    [InlineData("\"amount_micro_omr\":-9223372036854775809", "amount_micro_omr")]
    [InlineData("\"amount_micro_omr\":-1.5", "amount_micro_omr")]
    [InlineData("\"amount_omr\":-9223372036854.775809", "amount_omr")]
    [InlineData("\"amount_omr\":-79228162514264337593543950335", "amount_omr")]
    [InlineData("\"amount_omr\":-1e40", "amount_omr")]
    [InlineData("\"amount_omr\":\"-1\"", "amount_omr")]
    [InlineData("\"amount_micro_omr\":-5,\"amount_micro_omr\":-6", "amount_micro_omr")]
    public void An_amount_that_is_no_charge_is_refused_by_its_field(string amounts, string field) =>
        Problem(WithAmounts(amounts)).Field.ShouldBe(field);

    [Theory]
    [InlineData("", null)]
    [InlineData("not json", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    [InlineData("{\"customer_id\":", "customer_id")]
    [InlineData("""{"customer_id":7}""", "customer_id")]
    [InlineData("""{"metadata":"x"}""", "metadata")]
    [InlineData("""{"metadata":{"tokens_used":"15"}}""", "metadata.tokens_used")]
    [InlineData("""{"metadata":{"tokens_used":1.5}}""", "metadata.tokens_used")]
    [InlineData("""{"customer_id":"a\u0000b"}""", "customer_id")]
    [InlineData("""{"customer_id":"a\ud800b"}""", "customer_id")]
    [InlineData("{}", "metadata.request_id")]
    [InlineData("""{"amount_micro_omr":-1,"metadata":{"request_id":"r"}}""", "customer_id")]
    [InlineData("""{"customer_id":" ","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""", "customer_id")]
    [InlineData("""{"customer_id":"c","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""", "reason")]
    [InlineData("""{"customer_id":"c","reason":"x","metadata":{"request_id":"r"}}""", "amount_micro_omr")]
    [InlineData(
        """
        {"customer_id":"c","reason":"x","amount_micro_omr":-1,
         "metadata":{"request_id":"r","completed_at":"soon"}}
        """,
        "metadata.completed_at")]
    public void A_broken_envelope_is_refused_with_the_field_at_fault(string json, string? field) =>
        Problem(json).Field.ShouldBe(field);

    [Fact]
    public void A_nodes_record_counts_in_its_own_asset()
    {
        const string Record = "\"request_id\":\"r\",\"node_id\":\"n\",\"idempotency_key\":\"k\"";

        Read(WithMetadata($"{Record},\"amount\":-12,\"asset\":\"USD/2\"")).Charge
            .ShouldBe(new AssetAmount(-12, new("USD", 2)));
        Read(WithMetadata(Record, ",\"amount_micro_omr\":-12")).Charge.ShouldBe(new(-12, Asset.MicroOmr));
    }

    [Theory]
    [InlineData("\"amount\":-1,\"asset\":\"USD/2\"", "metadata.asset")]
    [InlineData("\"node_id\":\"n\",\"idempotency_key\":\"k\",\"amount\":-1", "metadata.asset")]
    [InlineData("\"node_id\":\"n\",\"idempotency_key\":\"k\",\"amount\":-1,\"asset\":\"x\"", "metadata.asset")]
    [InlineData("\"node_id\":\"n\",\"idempotency_key\":\"k\",\"amount\":1,\"asset\":\"USD/2\"", "metadata.amount")]
    [InlineData("\"node_id\":\"n\",\"idempotency_key\":\"k\",\"amount\":-1.5,\"asset\":\"USD/2\"", "metadata.amount")]
    [InlineData("\"node_id\":\"n\",\"idempotency_key\":\"k\",\"asset\":\"USD/2\"", "metadata.amount")]
    public void An_amount_in_another_asset_is_a_nodes_and_a_charge(string metadata, string field) =>
        Problem(WithMetadata($"\"request_id\":\"r\",{metadata}")).Field.ShouldBe(field);

    [Fact]
    public void Trailing_text_is_refused() => Problem(Design + "x").Field.ShouldBeNull();

    [Fact]
    public void Nesting_is_taken_to_its_bound_and_no_deeper()
    {
        Read(WithExtra(depth: EnvelopeReader.DepthMax - 1)).Extra.ShouldNotBeNull();
        Problem(WithExtra(depth: EnvelopeReader.DepthMax)).Message.ShouldContain("32");
    }

    [Fact]
    public void Size_is_taken_to_its_bound_and_no_further()
    {
        Read(Design.PadRight(EnvelopeReader.BytesMax));
        Problem(Design.PadRight(EnvelopeReader.BytesMax + 1)).Message.ShouldContain("1048577 bytes");
    }

    [Fact]
    public void A_name_is_taken_to_its_bound_and_no_further()
    {
        Read(WithCustomer(new string('c', EnvelopeReader.NameLengthMax)));
        Problem(WithCustomer(new string('c', EnvelopeReader.NameLengthMax + 1))).Field.ShouldBe("customer_id");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] bytes = [.. "{\"customer_id\":\""u8, 0xff, .. "\"}"u8];

        EnvelopeReader.TryRead(bytes, out _, out var problem).ShouldBeFalse();
        problem.Message.ShouldContain("UTF-8");
    }

    [Fact]
    public void Unknown_fields_are_kept_word_for_word()
    {
        var envelope = Read("""
            {"customer_id":"c","amount_micro_omr":-1,"reason":"x","order":{"n":1.50},
             "metadata":{"request_id":"r","zone":[1, 2]}}
            """);

        envelope.Extra.ShouldBe("""{"order":{"n":1.50},"metadata":{"zone":[1, 2]}}""");
    }

    [Theory]
    [InlineData(" Qwen3-Coder ", "usage:newapi:qwen3-coder")]
    [InlineData("  ", "usage:newapi:unknown")]
    [InlineData(null, "usage:newapi:unknown")]
    public void The_reason_names_the_model(string? model, string reason) =>
        UsageEnvelope.ReasonFor(model).ShouldBe(reason);

    private static string WithAmounts(string amounts) =>
        $$"""{"customer_id":"c","reason":"x","metadata":{"request_id":"r"},{{amounts}}}""";

    private static string WithMetadata(string metadata, string more = "") =>
        $$"""{"customer_id":"c","reason":"x","metadata":{ {{metadata}} }{{more}} }""";

    private static string WithCustomer(string customer) =>
        $$"""{"customer_id":"{{customer}}","reason":"x","metadata":{"request_id":"r"},"amount_micro_omr":-1}""";

    private static string WithExtra(int depth) =>
        WithAmounts($"\"amount_micro_omr\":-1,\"x\":{new string('[', depth)}{new string(']', depth)}");

    private static UsageEnvelope Read(string json)
    {
        EnvelopeReader.TryRead(Encoding.UTF8.GetBytes(json), out var envelope, out var problem)
            .ShouldBeTrue(problem.ToString());
        return envelope;
    }

    private static EnvelopeProblem Problem(string json)
    {
        EnvelopeReader.TryRead(Encoding.UTF8.GetBytes(json), out _, out var problem).ShouldBeFalse();
        return problem;
    }
}
