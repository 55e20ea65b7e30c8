using System.Diagnostics;
using EventLedger.Ledger.Cli;

namespace EventLedger.Ledger.Bench;

/// <summary>
/// An import of old rows, half of them with micro amounts and a request, one in a thousand broken; then a second run.
/// Beside it, what copying the rows into a plain table with its indexes takes.
/// </summary>
internal static class LegacyBench
{
    private const string TablesSql = """
        create table customers (id uuid primary key, user_id text, tenant_id text);
        create table credit_ledger (id uuid primary key, customer_id uuid, amount_omr int, reason text, order_id text,
            status text, created_at timestamptz, amount_micro_omr bigint, external_ref text, metadata jsonb);
        create table plain_rows (like credit_ledger including all);
        create index on plain_rows (customer_id)
        """;

    public static async Task<int> RunAsync(RunningLedger ledger, int rows, int customers)
    {
        await ledger.ExecuteAsync(TablesSql);
        await ledger.ExecuteAsync($$"""
            insert into customers
            select md5('c' || n)::uuid, 'customer-' || n, 'tenant-acme' from generate_series(1, {{customers}}) as n;
            insert into credit_ledger
            select md5('r' || n)::uuid,
                case when n % 1000 = 7 then md5('nobody' || n)::uuid else md5('c' || 1 + n % {{customers}})::uuid end,
                case when n % 2 = 0 then n % 100 - 20 else 0 end, 'usage:newapi:qwen3-coder',
                case when n % 2 = 0 then 'order-' || n end, 'settled', now() - n * interval '1 minute',
                case when n % 2 = 0 then 0 else -2340 - n % 100 end, case when n % 2 = 1 then 'req-' || n end,
                case when n % 2 = 1 then '{"tokens_used":15,"model":"qwen3-coder","prompt_tokens":10,
                    "completion_tokens":5,"latency_ms":423,"tenant_id":"tenant-acme"}'::jsonb end
            from generate_series(1, {{rows}}) as n
            """);
        await ledger.ExecuteAsync("vacuum (freeze, analyze) credit_ledger, customers");

        var plain = await TimeAsync(async () =>
        {
            await ledger.ExecuteAsync("insert into plain_rows select * from credit_ledger");
            return 0;
        });
        var first = await TimeAsync(() => ImportAsync(ledger));
        var second = await TimeAsync(() => ImportAsync(ledger));
        Console.WriteLine($"{rows} old rows, {customers} customers: imported in {first.Seconds:N1} s, again in "
            + $"{second.Seconds:N1} s; insert into a plain table: {plain.Seconds:N1} s, "
            + $"ratio {first.Seconds / plain.Seconds:N1}");
        return Math.Max(first.ExitCode, second.ExitCode);
    }

    private static async Task<(double Seconds, int ExitCode)> TimeAsync(Func<Task<int>> work)
    {
        var started = Stopwatch.GetTimestamp();
        var exitCode = await work();
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, exitCode);
    }

    // The rows that are refused are many here, and not of interest.
    private static async Task<int> ImportAsync(RunningLedger ledger)
    {
        var output = new StringWriter();
        var settings = new Settings.LedgerSettings(name => name == "DATABASE_URL" ? ledger.DatabaseUrl : null);
        var exitCode = await CommandLine.RunAsync(
            Verbs.Create(settings), ["import-legacy", "--from", ledger.DatabaseUrl], output, output);

        foreach (var line in output.ToString().Split('\n').Where(line => !line.StartsWith("refused row")))
        {
            Console.WriteLine(line);
        }

        return exitCode;
    }
}
