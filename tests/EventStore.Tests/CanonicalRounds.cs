using System.Text;
using EventLedger.EventStore.Blocks;
using EventLedger.Testing;

namespace EventLedger.EventStore.Tests;

/// <summary>Random values, written in random ways, against the definition and against the database.</summary>
public class CanonicalRounds
{
    private const int DepthMax = 5;

    private static readonly string[] Pieces =
    [
        "a", "b", "amount", "amounts", "é", "€", "😀", "\ufb33", "\u007f", " ", "\"", "\\", "/", "\n", "\r", "\u001f",
        "\u0001", "z", "A",
    ];

    [Fact]
    public void The_fast_form_is_the_defined_one()
    {
        var seed = Random.Shared.Next();

        for (var round = 0; round < Rounds.Of(2_000, 200_000); round++)
        {
            var json = Value(new Random(unchecked(seed + round)), depth: 0);

            Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(json)))
                .ShouldBe(ReferenceCanonicalJson.Of(json), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public async Task What_the_database_gives_back_has_the_form_of_what_it_was_given()
    {
        var seed = Random.Shared.Next();
        await using var store = await TestStore.CreateAsync();
        await using var connection = await store.Database.OpenConnectionAsync();

        for (var round = 0; round < Rounds.Of(200, 20_000); round++)
        {
            var json = Value(new Random(unchecked(seed + round)), depth: 0);
            await using var command = new Npgsql.NpgsqlCommand("select $1::jsonb::text", connection)
            {
                Parameters = { new() { Value = json } },
            };

            var returned = (string)(await command.ExecuteScalarAsync())!;

            CanonicalJson.Of(Encoding.UTF8.GetBytes(returned))
                .ShouldBe(CanonicalJson.Of(Encoding.UTF8.GetBytes(json)), $"seed {seed}, round {round}");
        }
    }

    private static string Value(Random random, int depth) => random.Next(depth < DepthMax ? 7 : 5) switch
    {
        0 => "true",
        1 => "null",
        2 => random.NextInt64(long.MinValue, long.MaxValue).ToString(),
        3 => random.Next(-2, 3).ToString(),
        4 => Quoted(random, Text(random)),
        5 => Listed(random, "[", "]", () => Value(random, depth + 1)),
        _ => Fields(random, depth),
    };

    private static string Fields(Random random, int depth)
    {
        var names = Enumerable.Range(0, random.Next(20)).Select(_ => Text(random)).Distinct().ToArray();
        return "{" + string.Join(',', names.Select(name =>
            $"{Space(random)}{Quoted(random, name)}{Space(random)}:{Value(random, depth + 1)}{Space(random)}")) + "}";
    }

    private static string Listed(Random random, string open, string close, Func<string> item) =>
        open + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Space(random) + item())) + close;

    private static string Text(Random random) => string.Concat(random.GetItems(Pieces, random.Next(1, 12)));

    // With the escapes that must be, and some that need not.
    private static string Quoted(Random random, string text) =>
        "\"" + string.Concat(text.EnumerateRunes().Select(rune =>
            rune.Value is '"' or '\\' or < ' ' || random.Next(8) == 0 ? Escaped(rune) : rune.ToString())) + "\"";

    private static string Escaped(Rune rune) =>
        string.Concat(rune.ToString().Select(character => $"\\u{(int)character:x4}"));

    private static string Space(Random random) => random.Next(4) == 0 ? " \n" : "";
}
