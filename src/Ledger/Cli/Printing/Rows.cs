using System.Diagnostics;

namespace EventLedger.Ledger.Cli.Printing;

/// <summary>Prints rows in the form that was asked for, each as it comes.</summary>
internal static class Rows
{
    extension(TextWriter output)
    {
        /// <summary>Prints rows that come one by one.</summary>
        public async Task WriteRowsAsync<T>(
            OutputForm form, IReadOnlyList<Column<T>> columns, IAsyncEnumerable<T> rows)
        {
            var writer = Writer(form, [.. columns.Select(column => column.Name)], output);

            await foreach (var row in rows)
            {
                await writer.WriteAsync([.. columns.Select(column => column.Of(row))]);
            }

            await writer.EndAsync();
        }

        /// <summary>Prints rows that are all there.</summary>
        public Task WriteRowsAsync<T>(OutputForm form, IReadOnlyList<Column<T>> columns, IEnumerable<T> rows) =>
            output.WriteRowsAsync(form, columns, rows.ToAsyncEnumerable());
    }

    private static IRowWriter Writer(OutputForm form, string[] columns, TextWriter output) => form switch
    {
        OutputForm.Table => new TableRows(columns, output),
        OutputForm.Json => new JsonRows(columns, output),
        OutputForm.Csv => new CsvRows(columns, output),
        _ => throw new UnreachableException($"{form} has no writer."),
    };
}
