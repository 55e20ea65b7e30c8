using EventLedger.Ledger.Http;

namespace EventLedger.Ledger.Tests;

public class AnsweringForTheDatabase
{
    [Theory]
    [InlineData(null, true, 503, "can't be reached")]
    [InlineData("08006", true, 503, "can't be reached")]
    [InlineData("57P01", true, 503, "can't be reached")]
    [InlineData("57014", true, 503, "too busy")]
    [InlineData("40P01", true, 503, "too busy")]
    [InlineData("53300", true, 503, "too busy")]
    [InlineData("55P03", true, 503, "too busy")]
    [InlineData("22021", true, 400, "can't keep")]
    [InlineData("22003", true, 422, "outside 64 bits")]
    [InlineData("42P01", false, 503, "not set up yet")]
    [InlineData("42P01", true, 500, "failed")]
    [InlineData("XX001", true, 500, "failed")]
    public void It_is_said_what_is_so(string? sqlState, bool isSetUp, int status, string words)
    {
        var problem = DatabaseFailureHandler.ProblemOf(sqlState, isSetUp);

        problem.StatusCode.ShouldBe(status);
        problem.ProblemDetails.Detail!.ShouldContain(words);
    }

    [Fact]
    public async Task What_trying_again_does_not_help_is_no_503_and_tells_nothing_of_the_tables()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync("alter table balances rename to elsewhere");

        var answer = await ledger.Client.GetAsync("/billing/customers/c/balance");

        ((int)answer.StatusCode).ShouldBe(500);
        answer.Headers.RetryAfter.ShouldBeNull();
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("balances");
    }
}
