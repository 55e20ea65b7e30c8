namespace EventLedger.NodeBilling.Otoml;

/// <summary>The tables of a file as they grow, by TOML's rule that each is defined in one place.</summary>
internal sealed class OtomlTree
{
    private int values;

    /// <summary>The table of the keys before any header.</summary>
    public OtomlTable Root { get; } = new(OtomlPlace.Start, OtomlTableOrigin.Header);

    /// <summary>Counts a value; the one past the bound is refused.</summary>
    public void Admit(OtomlPlace place)
    {
        values++;

        if (values > OtomlLimits.ValuesMax)
        {
            throw new OtomlException(place, $"a file has at most {OtomlLimits.ValuesMax} values");
        }
    }

    /// <summary>The table of a header, <c>[a.b]</c>.</summary>
    public OtomlTable Define(List<OtomlKeyPart> header)
    {
        var parent = ParentOf(header);
        var last = header[^1];

        if (parent.Find(last.Name) is OtomlTable { Origin: OtomlTableOrigin.InnerHeader } table)
        {
            table.Origin = OtomlTableOrigin.Header;
            return table;
        }

        CheckFree(parent, last);
        return AddTable(parent, last, OtomlTableOrigin.Header);
    }

    /// <summary>The next table of an array's header, <c>[[a.b]]</c>.</summary>
    public OtomlTable Append(List<OtomlKeyPart> header)
    {
        var parent = ParentOf(header);
        var last = header[^1];

        if (parent.Find(last.Name) is not OtomlArray { IsOfHeaders: true } array)
        {
            CheckFree(parent, last);
            Admit(last.Place);
            array = new OtomlArray(last.Place, isOfHeaders: true);
            parent.Add(last.Name, array);
        }

        Admit(last.Place);
        var table = new OtomlTable(last.Place, OtomlTableOrigin.Header);
        array.Items.Add(table);
        return table;
    }

    /// <summary>The table within <paramref name="table"/> that the last part of a dotted key goes into.</summary>
    public OtomlTable Open(OtomlTable table, List<OtomlKeyPart> key)
    {
        for (var i = 0; i < key.Count - 1; i++)
        {
            table = OpenPart(table, key[i]);
        }

        CheckFree(table, key[^1]);
        return table;
    }

    private OtomlTable OpenPart(OtomlTable table, OtomlKeyPart part)
    {
        switch (table.Find(part.Name))
        {
            case null:
                return AddTable(table, part, OtomlTableOrigin.DottedKey);
            case OtomlTable { Origin: OtomlTableOrigin.DottedKey or OtomlTableOrigin.InnerHeader } inner:
                // Defined by this key from now on: its own header may no longer follow.
                inner.Origin = OtomlTableOrigin.DottedKey;
                return inner;
            case var found:
                throw Taken(part, found);
        }
    }

    private OtomlTable ParentOf(List<OtomlKeyPart> header)
    {
        var table = Root;

        for (var i = 0; i < header.Count - 1; i++)
        {
            table = table.Find(header[i].Name) switch
            {
                null => AddTable(table, header[i], OtomlTableOrigin.InnerHeader),
                OtomlTable { Origin: not OtomlTableOrigin.Inline } inner => inner,
                OtomlArray { IsOfHeaders: true } array => (OtomlTable)array.Items[^1],
                var found => throw Taken(header[i], found),
            };
        }

        return table;
    }

    private OtomlTable AddTable(OtomlTable parent, OtomlKeyPart part, OtomlTableOrigin origin)
    {
        Admit(part.Place);
        var table = new OtomlTable(part.Place, origin);
        parent.Add(part.Name, table);
        return table;
    }

    private static void CheckFree(OtomlTable table, OtomlKeyPart part)
    {
        if (table.Find(part.Name) is { } found)
        {
            throw Taken(part, found);
        }
    }

    private static OtomlException Taken(OtomlKeyPart part, OtomlValue found) =>
        new(part.Place, $"{BasicString.Excerpt(part.Name)} is {found.Kind} already, since {found.Place}");
}
