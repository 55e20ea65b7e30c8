namespace EventLedger.NodeBilling.Otoml;

/// <summary>Why a record can't be booked.</summary>
/// <param name="Field">The field at fault, <c>amount_cents</c>.</param>
/// <param name="Message">What was wrong, with what value, and what is expected.</param>
public readonly record struct RecordProblem(string Field, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {Message}";
}

/// <summary>What every record obeys, read or written; what breaks a rule is refused before it reaches a file.</summary>
public static class RecordRules
{
    /// <summary>The first problem, by the fields' alphabetical order; null where there is none.</summary>
    public static RecordProblem? ProblemOf(NodeUsageRecord record)
    {
        const int TextMax = NodeUsageRecord.TextLengthMax;
        const int NameMax = NodeUsageRecord.NameLengthMax;

        return ProblemOfCount(RecordFields.AmountCents, record.AmountCents)
            ?? ProblemOfText(RecordFields.Description, record.Description, TextMax)
            ?? ProblemOfKey(RecordFields.IdempotencyKey, record.IdempotencyKey, TextMax)
            ?? ProblemOfKey(RecordFields.NodeId, record.NodeId, NameMax)
            ?? ProblemOfCount(RecordFields.Position, record.Position ?? 1)
            ?? ProblemOfKey(RecordFields.ResourceKind, record.ResourceKind, NameMax)
            ?? ProblemOfKey(RecordFields.UserSid, record.UserSid, NameMax);
    }

    private static RecordProblem? ProblemOfCount(string field, long number) =>
        number > 0 ? null : new(field, $"is {number}; it is above zero");

    private static RecordProblem? ProblemOfKey(string field, string text, int lengthMax) =>
        string.IsNullOrWhiteSpace(text) ? new(field, "is empty") : ProblemOfText(field, text, lengthMax);

    private static RecordProblem? ProblemOfText(string field, string text, int lengthMax) => text switch
    {
        _ when text.Length > lengthMax => new(field, $"has {text.Length} characters; at most {lengthMax} are taken"),
        _ when text.Contains('\0') => new(field, "holds the character NUL, which the database can't keep"),
        _ when HoldsLoneSurrogate(text) => new(field, "holds half a character (a lone surrogate)"),
        _ => null,
    };

    private static bool HoldsLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
    }
}
