namespace EventLedger.NodeBilling.Otoml;

/// <summary>A value of a file, and where it begins.</summary>
internal abstract class OtomlValue(OtomlPlace place)
{
    /// <summary>Where the value begins; a table's header or first key.</summary>
    public OtomlPlace Place { get; } = place;

    /// <summary>What it is, for a message: <c>a string</c>.</summary>
    public abstract string Kind { get; }
}

internal sealed class OtomlString(OtomlPlace place, string text) : OtomlValue(place)
{
    public string Text { get; } = text;

    public override string Kind => "a string";
}

internal sealed class OtomlInteger(OtomlPlace place, long number) : OtomlValue(place)
{
    public long Number { get; } = number;

    public override string Kind => "a number";
}

/// <summary>No field of a record is one, so its value isn't kept.</summary>
internal sealed class OtomlBoolean(OtomlPlace place) : OtomlValue(place)
{
    public override string Kind => "a boolean";
}

/// <summary>A date or a time. It names an instant only where it has an offset.</summary>
internal sealed class OtomlTime(OtomlPlace place, DateTimeOffset? instant) : OtomlValue(place)
{
    public DateTimeOffset? Instant { get; } = instant;

    public override string Kind => Instant is null ? "a date or time without an offset" : "a time";
}

/// <summary>An array, or the tables that <c>[[header]]</c> lines add to one.</summary>
internal sealed class OtomlArray(OtomlPlace place, bool isOfHeaders) : OtomlValue(place)
{
    public List<OtomlValue> Items { get; } = [];

    /// <summary>Whether a further <c>[[header]]</c> may add to it.</summary>
    public bool IsOfHeaders { get; } = isOfHeaders;

    public override string Kind => "an array";
}

/// <summary>What made a table, and so what may add to it.</summary>
internal enum OtomlTableOrigin
{
    /// <summary>Its own header: only the lines below that.</summary>
    Header,

    /// <summary>The header of a table within it: its own header may still follow.</summary>
    InnerHeader,

    /// <summary>A dotted key: further dotted keys.</summary>
    DottedKey,

    /// <summary>Braces: nothing.</summary>
    Inline,
}

internal sealed class OtomlTable(OtomlPlace place, OtomlTableOrigin origin) : OtomlValue(place)
{
    private readonly Dictionary<string, OtomlValue> values = new(StringComparer.Ordinal);

    public OtomlTableOrigin Origin { get; set; } = origin;

    public override string Kind => "a table";

    public OtomlValue? Find(string key) => values.GetValueOrDefault(key);

    public void Add(string key, OtomlValue value) => values.Add(key, value);
}
