using EventLedger.EventStore.Schema;

namespace EventLedger.EventStore.Tests;

public class DatabaseUrls
{
    [Fact]
    public void A_url_is_read_with_its_escapes()
    {
        var settings = DatabaseUrl.Parse(
            "postgres://us%40er:p%2Fw@db.example:6543/led%20ger?sslmode=verify-full&Timeout=3");

        settings.Host.ShouldBe("db.example");
        settings.Port.ShouldBe(6543);
        settings.Username.ShouldBe("us@er");
        settings.Password.ShouldBe("p/w");
        settings.Database.ShouldBe("led ger");
        settings.SslMode.ShouldBe(Npgsql.SslMode.VerifyFull);
        settings.Timeout.ShouldBe(3);
    }

    [Fact]
    public void A_connection_string_is_taken_as_it_is() =>
        DatabaseUrl.Parse("Host=db;Database=l").Host.ShouldBe("db");

    [Theory]
    [InlineData("mysql://x")]
    [InlineData("postgres://")]
    [InlineData("postgres://h/db?nonsense=secret")]
    public void Anything_else_is_refused_without_repeating_it(string text) =>
        Should.Throw<FormatException>(() => DatabaseUrl.Parse(text)).Message.ShouldNotContain("secret");
}
