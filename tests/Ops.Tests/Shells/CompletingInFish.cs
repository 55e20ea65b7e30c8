using EventLedger.Ops.Tests.Files;
using EventLedger.Testing;

namespace EventLedger.Ops.Tests.Shells;

public class CompletingInFish
{
    [ToolFact("fish")]
    public async Task Verbs_options_values_and_files_are_completed()
    {
        var folder = TestFolder.Make("fish");
        await File.WriteAllTextAsync(Path.Combine(folder, "receipt.json"), "{}");

        var (exitCode, output) = await Shell.RunAsync(
            folder, [], "fish", "--no-config", "-c", """
                ledger completion fish | source
                for line in "ledger bal" "ledger dead-letters re" "ledger balance amina --output " \
                    "ledger verify --pub" "ledger check-receipt rec"
                    complete -C $line
                end
                """);

        exitCode.ShouldBe(0, output);
        output.ShouldBe("balance\nretry\ncsv\njson\ntable\n--public-key\nreceipt.json\n");
    }
}
