using EventLedger.Ledger.Booking;
using Npgsql;

namespace EventLedger.Ledger.Tests;

public class SayingWhyItWasRefused
{
    [Theory]
    [InlineData(PostgresErrorCodes.UniqueViolation, "the database can't keep what it says (SQLSTATE 23505)")]
    [InlineData(PostgresErrorCodes.NumericValueOutOfRange, "would take the customer's balance outside 64 bits")]
    public void The_reason_is_in_our_words_and_tells_nothing_of_the_tables(string sqlState, string reason)
    {
        var refusal = new PostgresException("duplicate key in \"event_ids\"", "ERROR", "ERROR", sqlState);

        Halving.ReasonOf(refusal).ShouldBe(reason);
    }
}
