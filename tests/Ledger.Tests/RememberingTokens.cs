using System.Security.Claims;
using EventLedger.Ledger.Http;

namespace EventLedger.Ledger.Tests;

/// <summary>Tokens that were checked a moment ago.</summary>
public class RememberingTokens
{
    private static readonly ClaimsPrincipal Caller = new(new ClaimsIdentity("test"));
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly SetClock clock = new() { Now = Noon };

    [Fact]
    public void A_token_that_was_checked_is_known_and_another_is_not()
    {
        using var tokens = new TokenCache(clock);
        tokens.Remember("token", Caller, Noon.AddHours(1));

        tokens.Find("token").ShouldBe(Caller);
        tokens.Find("tokem").ShouldBeNull();
        tokens.Find("").ShouldBeNull();
    }

    [Fact]
    public void It_is_checked_again_after_a_minute()
    {
        using var tokens = new TokenCache(clock);
        tokens.Remember("token", Caller, Noon.AddHours(1));

        clock.Now = Noon + TokenCache.RememberedFor;

        tokens.Find("token").ShouldBeNull();
    }

    [Fact]
    public void It_is_forgotten_when_it_expires()
    {
        using var tokens = new TokenCache(clock);
        tokens.Remember("token", Caller, Noon.AddSeconds(10));

        clock.Now = Noon.AddSeconds(9);
        tokens.Find("token").ShouldBe(Caller);
        clock.Now = Noon.AddSeconds(10);
        tokens.Find("token").ShouldBeNull();
    }

    [Fact]
    public void So_many_are_remembered_and_no_more()
    {
        using var tokens = new TokenCache(clock);

        for (var i = 0; i < TokenCache.TokensMax + 100; i++)
        {
            tokens.Remember($"token {i}", Caller, Noon.AddHours(1));
        }

        // Which of them make room for others, and when, is the cache's affair.
        Enumerable.Range(0, TokenCache.TokensMax + 100).Count(i => tokens.Find($"token {i}") is not null)
            .ShouldBeInRange(TokenCache.TokensMax / 2, TokenCache.TokensMax);
    }
}
