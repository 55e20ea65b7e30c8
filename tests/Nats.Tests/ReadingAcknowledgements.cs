using System.Text;

namespace EventLedger.Nats.Tests;

public class ReadingAcknowledgements
{
    [Theory]
    [InlineData("$JS.ACK.S.c.2.10.20.1700000000000000000.5")]
    [InlineData("$JS.ACK._.hash.S.c.2.10.20.1700000000000000000.5")]
    [InlineData("$JS.ACK.domain.hash.S.c.2.10.20.1700000000000000000.5.random")]
    public void Case_41_old_and_new_reply_subjects_are_read(string replyTo)
    {
        AckToken.TryParse(Encoding.ASCII.GetBytes(replyTo), out var token).ShouldBeTrue();
        token.ShouldBe(new AckToken(2, 10, 20, 1_700_000_000_000_000_000, 5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("_INBOX.a.1")]
    [InlineData("$JS.ACK.S.c.2.10.20.17")]
    [InlineData("$JS.ACK.d.S.c.2.10.20.17.5")]
    [InlineData("$JS.ACK.S.c.2.10.x.17.5")]
    [InlineData("$JS.ACK.S.c.2.10.99999999999999999999999.17.5")]
    [InlineData("$JS.ACK.S.c.-2.10.20.17.5")]
    public void Another_subject_is_none(string replyTo) =>
        AckToken.TryParse(Encoding.ASCII.GetBytes(replyTo), out _).ShouldBeFalse();

    [Theory]
    [InlineData("""{"stream":"U","seq":2}""", "U", 2UL, false)]
    [InlineData("""{"stream":"U", "domain":"d", "seq":2,"duplicate": true}""", "U", 2UL, true)]
    public void A_publish_acknowledgement_is_read(string json, string stream, ulong sequence, bool isDuplicate) =>
        PublishReply.Read(Encoding.UTF8.GetBytes(json), "").Ack.ShouldBe(new PubAck(stream, sequence, isDuplicate));

    [Theory]
    [InlineData("""{"stream":"U", "seq":2}""")]
    [InlineData("""{"stream":"U", "seq":18446744073709551615}""")]
    [InlineData("""{"stream":"U", "seq":2,"duplicate": true}""")]
    [InlineData("""{"stream":"U", "seq":0,"duplicate": true}""")]
    [InlineData("""{"stream":"U", "seq":0}""")]
    [InlineData("""{"stream":"U", "seq":-2}""")]
    [InlineData("""{"stream":"U", "seq":2.5}""")]
    [InlineData("""{"stream":"U", "seq":18446744073709551616}""")]
    [InlineData("""{"stream":"U", "seq":2,"duplicate": false}""")]
    [InlineData("""{"stream":"U", "seq":2,"duplicate": true""")]
    [InlineData("""{"stream":"U", "seq":2} """)]
    [InlineData("""{"stream":"V", "seq":2}""")]
    [InlineData("""{"stream":"UV", "seq":2}""")]
    [InlineData("""{"stream":"U", "domain":"d", "seq":2}""")]
    public void An_answer_says_the_same_whether_or_not_it_is_known_by_its_bytes(string json) =>
        (PublishReply.Read(Encoding.UTF8.GetBytes(json), "U") with { Error = null }).ShouldBe(
            PublishReply.Read(Encoding.UTF8.GetBytes(json), "") with { Error = null });

    [Theory]
    [InlineData("""{"stream":"U","seq":0,"duplicate":true}""")]
    [InlineData("""{"seq":2}""")]
    [InlineData("""{"stream":1,"seq":2}""")]
    [InlineData("""{"stream":"U","seq":-2}""")]
    [InlineData("[]")]
    [InlineData("+OK")]
    [InlineData("")]
    public void Case_27_an_answer_without_a_place_is_no_success_and_worth_another_attempt(string json)
    {
        var reply = PublishReply.Read(Encoding.UTF8.GetBytes(json), "U");

        reply.IsSuccess.ShouldBeFalse();
        JetStreamErrors.CanRetry(reply.ErrorCode, reply.HttpCode).ShouldBeTrue();
    }

    [Theory]
    [InlineData(10077, 503, true)]
    [InlineData(10047, 500, true)]
    [InlineData(10023, 503, true)]
    [InlineData(10002, 400, true)]
    [InlineData(10008, 503, true)]
    [InlineData(10076, 503, true)]
    [InlineData(10039, 503, true)]
    [InlineData(10158, 400, true)]
    [InlineData(10167, 429, true)]
    [InlineData(10060, 400, false)]
    [InlineData(10070, 400, false)]
    [InlineData(10071, 400, false)]
    [InlineData(10054, 400, false)]
    [InlineData(10097, 400, false)]
    [InlineData(10058, 400, false)]
    [InlineData(10065, 400, false)]
    [InlineData(10074, 500, false)]
    public void Each_error_of_the_table_is_worth_another_attempt_or_not(int errorCode, int httpCode, bool canRetry) =>
        JetStreamErrors.CanRetry(errorCode, httpCode).ShouldBe(canRetry);
}
