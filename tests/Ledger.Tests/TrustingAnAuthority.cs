using System.Net;
using System.Security.Cryptography;
using System.Text;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Settings;
using EventLedger.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Tests;

public class TrustingAnAuthority
{
    [Fact]
    public async Task Its_tokens_are_let_in_and_its_keys_are_loaded_once()
    {
        await using var authority = await FakeAuthority.StartAsync();
        await using var ledger = await StartAsync(authority.Url);

        for (var n = 0; n < 20; n++)
        {
            (await StatusAsync(ledger, authority.Token(token => token.Claims["n"] = n))).ShouldBe(HttpStatusCode.OK);
        }

        authority.KeysAskedFor.ShouldBe(1);
    }

    [Fact]
    public async Task A_token_under_a_new_key_is_let_in_at_once_and_made_up_keys_are_asked_for_once()
    {
        await using var authority = await FakeAuthority.StartAsync();
        await using var ledger = await StartAsync(authority.Url);
        (await StatusAsync(ledger, authority.Token())).ShouldBe(HttpStatusCode.OK);

        var started = TimeProvider.System.GetTimestamp();
        authority.Rotate();
        (await StatusAsync(ledger, authority.Token())).ShouldBe(HttpStatusCode.OK);

        using var key = RSA.Create(2048);

        for (var n = 0; n < 20; n++)
        {
            var unknown = new SigningCredentials(
                new RsaSecurityKey(key) { KeyId = $"made-up-{n}" }, SecurityAlgorithms.RsaSha256);
            (await StatusAsync(ledger, authority.Token(token => token.SigningCredentials = unknown)))
                .ShouldBe(HttpStatusCode.Unauthorized);
        }

        var intervals = (int)(TimeProvider.System.GetElapsedTime(started) / AuthorityKeys.UnknownKeyInterval);
        authority.KeysAskedFor.ShouldBeInRange(2, 2 + intervals);
    }

    [Fact]
    public async Task Whatever_it_did_not_sign_for_this_ledger_and_this_time_is_not_let_in()
    {
        await using var authority = await FakeAuthority.StartAsync();
        await using var ledger = await StartAsync(authority.Url);
        var publicKey = Encoding.ASCII.GetBytes(authority.Key.Rsa.ExportSubjectPublicKeyInfoPem());
        var modulus = authority.Key.Rsa.ExportParameters(includePrivateParameters: false).Modulus!;

        foreach (var nonsense in new[] { "nonsense", "x.y.z", "..", "e30.e30.e30" })
        {
            (await StatusAsync(ledger, nonsense)).ShouldBe(HttpStatusCode.Unauthorized, nonsense);
        }

        foreach (var (what, change) in new (string, Action<SecurityTokenDescriptor>)[]
        {
            ("expired", token => token.Expires = DateTime.UtcNow.AddSeconds(-30)),
            ("not yet valid", token => token.NotBefore = DateTime.UtcNow.AddSeconds(60)),
            ("for ever", token => token.Expires = null),
            ("another audience", token => token.Audience = "another"),
            ("no audience", token => token.Audience = null),
            ("another issuer", token => token.Issuer = "http://127.0.0.1/other"),
            ("not signed", token => token.SigningCredentials = null),
            ("HS256 under the public key", token => token.SigningCredentials = Hmac(publicKey)),
            ("HS256 under its modulus", token => token.SigningCredentials = Hmac(modulus)),
            ("no role", token => token.Claims.Remove("role")),
            ("no subject", token => token.Claims.Remove("sub")),
        })
        {
            (await StatusAsync(ledger, authority.Token(change))).ShouldBe(HttpStatusCode.Unauthorized, what);
        }

        SigningCredentials Hmac(byte[] key) =>
            new(new SymmetricSecurityKey(key) { KeyId = authority.Key.KeyId }, SecurityAlgorithms.HmacSha256);
    }

    [Fact]
    public async Task A_key_that_it_took_back_works_no_longer_than_keys_are_kept()
    {
        await using var authority = await FakeAuthority.StartAsync();
        var clock = new SetClock { Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero) };
        var keys = new AuthorityKeys(new Uri(authority.Url), clock, NullLogger<AuthorityKeys>.Instance);
        var takenBack = authority.Key.KeyId;
        await keys.EnsureAsync(takenBack, CancellationToken.None);
        authority.TakeBack();

        clock.Now += AuthorityKeys.KeptFor - TimeSpan.FromSeconds(1);
        await keys.EnsureAsync(takenBack, CancellationToken.None);
        keys.Find(takenBack).ShouldHaveSingleItem();
        authority.KeysAskedFor.ShouldBe(1);

        clock.Now += TimeSpan.FromSeconds(1);
        await keys.EnsureAsync(takenBack, CancellationToken.None);
        keys.Find(takenBack).ShouldBeEmpty();
        authority.KeysAskedFor.ShouldBe(2);
    }

    [Theory]
    [InlineData("text/html", 500)]
    [InlineData("text/html", 200)]
    [InlineData("application/json", 200)]
    public async Task Who_waited_while_it_was_slow_to_fail_asks_no_more_and_the_log_says_why(string form, int status)
    {
        var asked = 0;
        await using var authority = await FakeAuthority.StartAsync();
        var clock = new SetClock { Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero) };
        authority.WhenAsked = () =>
        {
            asked++;
            clock.Now += TimeSpan.FromSeconds(4);
            return Results.Text("<html>", form, statusCode: status);
        };
        using var log = new KeptLog();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        var keys = new AuthorityKeys(new Uri(authority.Url), clock, logging.CreateLogger<AuthorityKeys>());

        for (var n = 0; n < 3; n++)
        {
            await Should.ThrowAsync<AuthorityUnreachableException>(() => keys.EnsureAsync("key", default));
        }

        asked.ShouldBe(1);
        log.Lines.ShouldHaveSingleItem().ShouldContain(authority.Url);
    }

    [Fact]
    public async Task While_it_cannot_be_reached_callers_are_told_to_come_back()
    {
        var port = FreePort.Next();
        await using var ledger = await StartAsync($"http://127.0.0.1:{port}/realm");
        ledger.Client.DefaultRequestHeaders.Authorization = ledger.Bearer("superadmin");

        var early = await ledger.Client.GetAsync("/billing/dead-letters");
        early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        early.Headers.RetryAfter.ShouldNotBeNull();

        await using var authority = await FakeAuthority.StartAsync(port);
        await Eventually.HoldsAsync(async () => await StatusAsync(ledger, authority.Token()) == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("http://elsewhere.example/realm", "ledger", null, "JWT_AUTHORITY")]
    [InlineData("nonsense", "ledger", null, "JWT_AUTHORITY")]
    [InlineData("https://elsewhere.example/realm", null, null, "JWT_AUDIENCE")]
    [InlineData("https://elsewhere.example/realm", "ledger", "a secret, long enough to be one", "JWT_SECRET")]
    public void Settings_that_would_let_others_in_are_refused(
        string authority, string? audience, string? secret, string named)
    {
        var settings = new LedgerSettings(name => name switch
        {
            "JWT_AUTHORITY" => authority,
            "JWT_AUDIENCE" => audience,
            "JWT_SECRET" => secret,
            _ => null,
        });

        Should.Throw<SettingException>(() => settings.TokenAudience).Message.ShouldContain(named);
    }

    private static Task<LedgerHost> StartAsync(string authority) => LedgerHost.StartAsync(
        ("JWT_SECRET", ""), ("JWT_AUTHORITY", authority), ("JWT_AUDIENCE", "ledger"));

    private static async Task<HttpStatusCode> StatusAsync(LedgerHost ledger, string token)
    {
        ledger.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return (await ledger.Client.GetAsync("/billing/dead-letters")).StatusCode;
    }
}
