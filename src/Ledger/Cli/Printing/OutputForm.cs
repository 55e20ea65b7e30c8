using System.CommandLine;

namespace EventLedger.Ledger.Cli.Printing;

/// <summary>How rows are written.</summary>
internal enum OutputForm
{
    /// <summary>For people: columns that line up.</summary>
    Table,

    /// <summary>For programs: one array, an object for each row.</summary>
    Json,

    /// <summary>For spreadsheets: RFC 4180.</summary>
    Csv,
}

/// <summary>The option that every verb which prints rows has.</summary>
internal static class OutputOption
{
    /// <summary>Makes the option; a table is what it says by itself.</summary>
    public static Option<OutputForm> Create()
    {
        var output = new Option<OutputForm>("--output")
        {
            Description = "How to write the rows: table, if it isn't given, or json or csv for programs.",
        };
        output.AcceptOnlyFromAmong("table", "json", "csv");
        return output;
    }
}
