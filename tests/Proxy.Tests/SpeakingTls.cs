using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class SpeakingTls
{
    private const string Chat = "/v1/chat/completions";
    private const int Chunks = 2_000;

    private static readonly DateTimeOffset ValidFrom = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset ValidUntil = ValidFrom.AddDays(2);

    private static readonly string Events = string.Concat(
        Enumerable.Range(0, Chunks).Select(n => $"data: {{\"n\":{n},\"usage\":null}}\n\n"));

    private const string Last = "data: {\"choices\":[],\"usage\":{\"total_tokens\":15}}\n\ndata: [DONE]\n\n";

    [Fact]
    public async Task To_the_upstream_changes_nothing_and_each_response_is_billed_once()
    {
        const int Streams = 8;
        using var certificate = MakeCertificate();
        await using var upstream = Upstream.Start(AnswerAsync, certificate: certificate);
        await using var broker = await TestBroker.StartAsync();
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, broker.Server.Url, TestFolder.Make("spool"), ("SSL_CERT_FILE", Trust(certificate)));
        using var client = await Client.ConnectAsync(proxy.Port);

        for (var n = 0; n < Streams; n++)
        {
            const string Asking = """{"stream":true,"stream_options":{"include_usage":true}}""";
            (await client.RequestAsync(Chat, Asking)).Text.ShouldBe(Events + Last);
        }

        await broker.HasAsync(Streams);
        broker.Published.ShouldAllBe(published => published.Envelope.TokensUsed == 15);
    }

    [Fact]
    public async Task To_an_upstream_whose_certificate_nobody_trusts_is_refused()
    {
        using var certificate = MakeCertificate();
        await using var upstream = Upstream.Start(AnswerAsync, certificate: certificate);
        await using var proxy = await TestProxy.StartAsync(upstream);

        (await Client.SendOnceAsync(proxy.Port, Chat)).Status.ShouldBe(502);

        upstream.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task To_an_upstream_whose_certificate_lacks_another_is_refused_and_that_is_not_fetched()
    {
        using var elsewhere = FreePort.Listen();
        using var root = MakeAuthority("CN=root", issuer: null);
        using var between = MakeAuthority("CN=between", root);
        using var certificate = MakeCertificate(between, $"http://{elsewhere.LocalEndpoint}/between.cer");
        await using var upstream = Upstream.Start(AnswerAsync, certificate: certificate);
        await using var proxy = await ProxyProcess.StartAsync(
            upstream,
            $"nats://127.0.0.1:{FreePort.Next()}",
            TestFolder.Make("spool"),
            ("SSL_CERT_FILE", Trust(root)));

        (await Client.SendOnceAsync(proxy.Port, Chat)).Status.ShouldBe(502);

        elsewhere.Pending().ShouldBeFalse();
    }

    // In pieces that end anywhere, each in a chunk and a record of its own or joined with others.
    private static async Task AnswerAsync(UpstreamCall call)
    {
        await call.ReadBodyAsync();
        await call.BeginChunksAsync("text/event-stream");
        var random = new Random(7);
        var rest = Encoding.ASCII.GetBytes(Events + Last).AsMemory();

        while (!rest.IsEmpty)
        {
            var count = Math.Min(rest.Length, random.Next(1, 20_000));
            await call.SendChunkAsync(rest.Span[..count]);
            rest = rest[count..];
        }

        await call.EndChunksAsync();
    }

    private static string Trust(X509Certificate2 certificate)
    {
        var file = Path.Combine(TestFolder.Make("certificate"), "trusted.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return file;
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        return Named(key).CreateSelfSigned(ValidFrom, ValidUntil);
    }

    private static X509Certificate2 MakeCertificate(X509Certificate2 issuer, string issuerUrl)
    {
        using var key = RSA.Create(2048);
        var request = Named(key);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [issuerUrl]));
        using var signed = request.Create(issuer, ValidFrom, ValidUntil, [2]);
        return signed.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 MakeAuthority(string name, X509Certificate2? issuer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));

        if (issuer is null)
        {
            return request.CreateSelfSigned(ValidFrom, ValidUntil);
        }

        using var signed = request.Create(issuer, ValidFrom, ValidUntil, [1]);
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Named(RSA key)
    {
        var request = new CertificateRequest(
            "CN=upstream", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
