using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventLedger.Ops.Tests.Helm;

/// <summary>
/// The few template actions that the chart keeps to, so that it can be rendered where helm isn't: <c>if</c> with
/// <c>else</c>, <c>define</c>, <c>include</c>, values, and the filters <c>nindent</c>, <c>quote</c>, <c>int64</c>.
/// </summary>
internal sealed partial class ChartTemplate
{
    private const int MatchLimitMs = 1000;

    private readonly Dictionary<string, IReadOnlyList<Part>> defined = [];

    private abstract record Part;

    private sealed record Words(string Text) : Part;

    private sealed record Shown(string Expression) : Part;

    private sealed record Choice(string Condition, IReadOnlyList<Part> Then, IReadOnlyList<Part> Else) : Part;

    /// <summary>Renders a file; what it defines is known to those after it.</summary>
    /// <exception cref="InvalidDataException">An action isn't one of these, or isn't closed.</exception>
    public string Render(string template, JsonObject context)
    {
        var actions = new Queue<(string Before, string Action)>(Split(template));
        var parts = Parse(actions, out var end);

        return end is null ? Render(parts, context) : throw new InvalidDataException($"{end} closes nothing");
    }

    /// <summary>The paths of values that a template names.</summary>
    public static IEnumerable<string> PathsIn(string template) =>
        Path().Matches(template).Select(match => match.Groups["path"].Value);

    // Each action with the text before it, the last one with none; a dash takes the white space beside it away.
    private static IEnumerable<(string Before, string Action)> Split(string template)
    {
        var begin = 0;
        var trims = false;

        foreach (Match match in Action().Matches(template))
        {
            var before = template[begin..match.Index];
            before = trims ? before.TrimStart() : before;
            yield return (match.Groups["left"].Success ? before.TrimEnd() : before, match.Groups["action"].Value);
            begin = match.Index + match.Length;
            trims = match.Groups["right"].Success;
        }

        yield return (trims ? template[begin..].TrimStart() : template[begin..], "");
    }

    // Up to the action that ends this block: "end", "else", or nothing at the end of the file.
    private List<Part> Parse(Queue<(string Before, string Action)> actions, out string? end)
    {
        var parts = new List<Part>();

        while (actions.TryDequeue(out var next))
        {
            parts.Add(new Words(next.Before));
            var word = next.Action.Split(' ')[0];

            if (word is "end" or "else")
            {
                end = word;
                return parts;
            }

            if (word is "if" or "define")
            {
                ParseBlock(word, next.Action[word.Length..].Trim(), actions, parts);
            }
            else if (next.Action.Length > 0)
            {
                parts.Add(new Shown(next.Action));
            }
        }

        end = null;
        return parts;
    }

    private void ParseBlock(
        string word, string argument, Queue<(string Before, string Action)> actions, List<Part> parts)
    {
        var then = Parse(actions, out var end);
        var otherwise = end is "else" ? Parse(actions, out end) : [];

        if (end is not "end")
        {
            throw new InvalidDataException($"{word} {argument} isn't closed");
        }

        if (word is "define")
        {
            defined.Add(argument.Trim('"'), then);
        }
        else
        {
            parts.Add(new Choice(argument, then, otherwise));
        }
    }

    private string Render(IReadOnlyList<Part> parts, JsonNode? context)
    {
        var text = new StringBuilder();

        foreach (var part in parts)
        {
            text.Append(part switch
            {
                Words words => words.Text,
                Shown shown => Evaluate(shown.Expression, context),
                Choice choice => Render(
                    IsTrue(Find(choice.Condition, context)) ? choice.Then : choice.Else, context),
                _ => throw new InvalidDataException($"{part} is no part of a template"),
            });
        }

        return text.ToString();
    }

    private string Evaluate(string expression, JsonNode? context)
    {
        var steps = expression.Split('|', StringSplitOptions.TrimEntries);
        var value = steps[0].Split(' ') switch
        {
            ["include", var name, var argument] => Render(defined[name.Trim('"')], Find(argument, context)),
            ["toYaml", var path] => YamlText.Of(Find(path, context)),
            [var path] => $"{Find(path, context)}",
            _ => throw new InvalidDataException($"{expression} is no action of this chart"),
        };

        return steps[1..].Aggregate(value, Filter);
    }

    private static string Filter(string value, string filter) => filter.Split(' ') switch
    {
        ["quote"] => $"\"{value}\"",
        ["int64"] => value,
        ["nindent", var count] => string.Concat(
            value.Split('\n').Select(line => $"\n{new string(' ', int.Parse(count))}{line}")),
        _ => throw new InvalidDataException($"{filter} is no filter of this chart"),
    };

    private static JsonNode? Find(string path, JsonNode? context) =>
        path is "." ? context
        : path.StartsWith('.') ? path[1..].Split('.').Aggregate(context, (node, name) =>
            node!.AsObject().TryGetPropertyValue(name, out var found)
                ? found
                : throw new InvalidDataException($"{path} is no value"))
        : throw new InvalidDataException($"{path} is no path");

    // Text is what decides in these templates, next to yes and no.
    private static bool IsTrue(JsonNode? value) => $"{value}" is not ("" or "false");

    [GeneratedRegex(
        @"\{\{(?<left>-(?=\s))?\s*(?<action>.*?)\s*(?<right>(?<=\s)-)?\}\}",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, MatchLimitMs)]
    private static partial Regex Action();

    [GeneratedRegex(@"\.Values\.(?<path>[A-Za-z.]+)", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Path();
}
