using EventLedger.Embedded.Running;

namespace EventLedger.Embedded.Tests;

public class ReadingRunOptions
{
    [Fact]
    public void Without_arguments_it_stays_and_shows_the_example_on_the_usual_ports()
    {
        var options = Parse();

        options.Once.ShouldBeFalse();
        options.Demo.ShouldBeTrue();
        options.Upstream.ShouldBeNull();
        int[] ports =
            [options.ProxyPort, options.LedgerPort, options.NatsPort, options.PostgresPort, options.UpstreamPort];
        ports.ShouldBe([8086, 8085, 14222, 15432, 13000]);
    }

    [Fact]
    public void Arguments_are_taken_in_any_order()
    {
        var options = Parse("--data", "/d", "--no-demo", "--upstream", "https://llm.example/base");

        options.DataFolder.ShouldBe("/d");
        options.Demo.ShouldBeFalse();
        options.Upstream.ShouldBe(new Uri("https://llm.example/base"));
    }

    [Theory]
    [InlineData("--twice")]
    [InlineData("--upstream")]
    [InlineData("--upstream", "ftp://llm.example")]
    [InlineData("--once", "--no-demo")]
    public void A_wrong_argument_is_named(params string[] arguments) =>
        Should.Throw<EmbeddedException>(() => Parse(arguments)).Message.ShouldContain(arguments[0]);

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("http")]
    public void A_wrong_port_is_named_with_its_value_and_what_is_allowed(string value) =>
        Should.Throw<EmbeddedException>(() => RunOptions.Parse([], name => name == "NATS_PORT" ? value : null))
            .Message.ShouldBe($"NATS_PORT is {value}; a whole number from 1 to 65535 is allowed.");

    private static RunOptions Parse(params string[] arguments) => RunOptions.Parse(arguments, _ => null);
}
