namespace EventLedger.Ops.Tests.Metrics;

/// <summary>The strict reader is strict.</summary>
public class ReadingExpositions
{
    private const string Head = "# HELP a_total Help.\n# TYPE a_total counter\n";
    private const string Buckets = "# HELP h Help.\n# TYPE h histogram\n";

    [Fact]
    public void What_keeps_the_rules_is_read()
    {
        var families = Exposition.Read(
            Head + "a_total{x=\"1\",y=\"a\\\"b\\\\\\n,}\"} 2\na_total{x=\"2\"} 1e3\n"
            + Buckets + "h_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 0.7\nh_count 2\n");

        families.Select(family => family.Name).ShouldBe(["a_total", "h"]);
        families[0].Samples.Values.ShouldBe([2, 1000]);
    }

    [Theory]
    [InlineData(Head + "a_total 1")]
    [InlineData(Head + "a_total  1\n")]
    [InlineData(Head + "a_total one\n")]
    [InlineData(Head + "a_total -1\n")]
    [InlineData(Head + "a_total 1 \n")]
    [InlineData(Head + "\na_total 1\n")]
    [InlineData(Head + "b_total 1\n")]
    [InlineData(Head + "a_total 1\na_total 2\n")]
    [InlineData(Head + "a_total{} 1\n")]
    [InlineData(Head + "a_total{x=\"1\",} 1\n")]
    [InlineData(Head + "a_total{x=\"1\",x=\"2\"} 1\n")]
    [InlineData(Head + "a_total{x=\"\\q\"} 1\n")]
    [InlineData(Head + "a_total{x-y=\"1\"} 1\n")]
    [InlineData(Head + Head)]
    [InlineData("# TYPE a_total counter\na_total 1\n")]
    [InlineData("# HELP a Help.\n# TYPE a counter\na 1\n")]
    [InlineData("# HELP a_total Help.\n")]
    [InlineData(Buckets + "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Buckets + "h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 2\n")]
    [InlineData(Buckets + "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 1\n")]
    [InlineData(Buckets + "h_bucket{le=\"+Inf\"} 2\nh_count 2\n")]
    public void What_breaks_one_is_refused(string page) =>
        Should.Throw<FormatException>(() => Exposition.Read(page));

    [Theory]
    [InlineData("a_total", "a_total")]
    [InlineData("sum by (reason) (increase(a_total{reason!=\"b_total\"}[10m])) > 0", "a_total")]
    [InlineData("max(a) / on (pod) group_left (x) max(b) offset 1h and absent(c)", "a b c")]
    [InlineData("histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m])))", "h_bucket")]
    public void Expressions_tell_their_metrics(string expression, string names) =>
        PromQuery.MetricsIn(expression).ShouldBe(names.Split(' '));
}
