using System.Net;
using System.Text;
using EventLedger.Ledger.Http;

namespace EventLedger.Ledger.Tests;

/// <summary>Each operation of the API's description against each role.</summary>
public class LettingCallersIn
{
    private const string Nobody = "nobody";

    private static readonly string[] Everybody =
    [
        Nobody, "customer c", "customer d", "tenant-admin a", "tenant-admin a t", "auditor a", "sovereign-admin a",
        "superadmin a", "x a",
    ];

    // Each sees their own in a list.
    private static readonly string[] EverybodyKnown = [.. Everybody.Except([Nobody])];

    private static readonly string[] Operators = ["sovereign-admin a", "superadmin a"];
    private static readonly string[] Readers =
        [.. Operators, "auditor a", "customer c", "tenant-admin a t"];

    // Who is let in; an operation without a rule fails the test.
    private static readonly Dictionary<string, string[]> Rules = new()
    {
        ["GetHealth"] = Everybody,
        ["GetReadiness"] = Everybody,
        ["GetMetrics"] = Everybody,
        ["RecordNodeUsage"] = Everybody,
        ["PushNodeUsage"] = Everybody,
        ["RecordUsage"] = Operators,
        ["RecordUsageList"] = Operators,
        ["GetBalance"] = Readers,
        ["ListEntries"] = Readers,
        ["GetStatement"] = Readers,
        ["GetEntry"] = EverybodyKnown,
        ["ListCustomers"] = EverybodyKnown,
        ["GetUsage"] = EverybodyKnown,
        ["ListDeadLetters"] = Operators,
        ["RetryDeadLetter"] = Operators,
        ["DiscardDeadLetter"] = Operators,
        ["ListGaps"] = [.. Operators, "auditor a"],
        ["GetConservation"] = [.. Operators, "auditor a"],
        ["ReadEvents"] = [.. Operators, "auditor a"],
        ["GetHead"] = [.. Operators, "auditor a"],
        ["GetReceipt"] = EverybodyKnown,
        ["StreamBalances"] = EverybodyKnown,
        ["GrantCredit"] = Operators,
        ["ReverseEntry"] = Operators,
        ["CloseAccount"] = Operators,
        ["ChangeTenant"] = Operators,
    };

    [Fact]
    public async Task Each_operation_lets_in_those_of_its_rule_and_nobody_else()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var operations = await ApiDocument.ReadAsync(ledger);
        operations.Select(operation => operation.Id).ShouldBe(Rules.Keys, ignoreOrder: true);

        foreach (var operation in operations)
        {
            operation.NeedsToken.ShouldBe(Rules[operation.Id] != Everybody, operation.Id);

            foreach (var caller in Everybody)
            {
                var status = await StatusAsync(ledger, operation, caller);
                var letIn = status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
                letIn.ShouldBe(Rules[operation.Id].Contains(caller), $"{operation.Id} for {caller}: {status}");
                (caller == Nobody && !letIn).ShouldBe(status == HttpStatusCode.Unauthorized);
            }
        }
    }

    [Fact]
    public async Task Each_body_has_an_example_that_is_taken()
    {
        await using var ledger = await LedgerHost.StartAsync(("ADMIN_SECRET", "secret of the admin"));
        await using var producer = new Producer(ledger.Nats.Url);
        await ledger.RecordAsync(Envelopes.Of("user-uuid-1", "r"), 200);
        await producer.PublishAsync("{}");
        await producer.EverythingIsAcknowledgedAsync();
        var known = new Dictionary<string, string>
        {
            ["customerId"] = "user-uuid-1",
            ["entryId"] = $"{await ledger.ScalarAsync<Guid>("select id from mt_events where type = 'usage_recorded'")}",
            ["id"] = $"{await ledger.ScalarAsync<long>("select id from dead_letters")}",
        };

        foreach (var operation in await ApiDocument.ReadAsync(ledger))
        {
            if (operation.BodyTypes.Length > 0)
            {
                using var request = operation.Request(name => known[name]);
                request.Headers.Add(AdminSecret.Header, "secret of the admin");
                request.Content = new StringContent(
                    operation.Example!.ToJsonString(), Encoding.UTF8, "application/json");
                (await ledger.Client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK, operation.Id);
            }
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(LedgerHost ledger, ApiOperation operation, string caller)
    {
        using var request = operation.Request(_ => "c");
        request.Headers.Authorization = caller == Nobody ? new("Bearer") : ledger.Bearer(
            caller.Split(' ')[0], caller.Split(' ')[1], caller.Split(' ').ElementAtOrDefault(2));
        request.Content = operation.BodyTypes.Length > 0
            ? new StringContent("{}", Encoding.UTF8, "application/json")
            : null;
        return (await ledger.Client.SendAsync(request)).StatusCode;
    }
}
