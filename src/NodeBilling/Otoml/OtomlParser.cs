namespace EventLedger.NodeBilling.Otoml;

/// <summary>
/// Parses a file, with or without its marker, as TOML 1.0 without floats. Checks run in one order: size, UTF-8, and
/// then what is wrong first.
/// </summary>
internal ref struct OtomlParser
{
    /// <summary>The line that may come before the TOML.</summary>
    public const string Marker = "O:";

    private readonly OtomlTree tree = new();
    private readonly OtomlStringReader strings = new();
    private OtomlCursor cursor;

    private OtomlParser(ReadOnlySpan<byte> utf8) => cursor = new OtomlCursor(utf8);

    /// <summary>The table of everything in the file.</summary>
    /// <exception cref="OtomlException">It isn't such a file.</exception>
    public static OtomlTable Parse(ReadOnlySpan<byte> utf8)
    {
        OtomlBytes.Check(utf8);
        return new OtomlParser(utf8).ReadDocument();
    }

    private OtomlTable ReadDocument()
    {
        if (cursor.TrySkip(Marker))
        {
            SkipNewlineOrEnd();
        }

        var table = tree.Root;

        while (cursor.Next != OtomlCursor.End)
        {
            table = ReadLine(table);
        }

        return tree.Root;
    }

    // The table that the next line adds to: a header opens another one.
    private OtomlTable ReadLine(OtomlTable table)
    {
        cursor.SkipBlanks();

        switch (cursor.Next)
        {
            case '[':
                table = ReadHeader();
                break;
            case not ('#' or '\n' or '\r' or OtomlCursor.End):
                ReadKeyAndValue(table, depth: 0);
                break;
        }

        cursor.SkipBlanks();
        SkipComment();
        SkipNewlineOrEnd();
        return table;
    }

    private OtomlTable ReadHeader()
    {
        var isOfArray = cursor.IsAt("[[");
        var closing = isOfArray ? "]]" : "]";
        cursor.Skip(closing.Length);
        var header = OtomlKey.Read(ref cursor, strings);

        if (!cursor.TrySkip(closing))
        {
            throw cursor.Expected(closing);
        }

        return isOfArray ? tree.Append(header) : tree.Define(header);
    }

    private void ReadKeyAndValue(OtomlTable table, int depth)
    {
        var key = OtomlKey.Read(ref cursor, strings);

        if (!cursor.TrySkip("="))
        {
            throw cursor.Expected("=");
        }

        var parent = tree.Open(table, key);
        cursor.SkipBlanks();
        parent.Add(key[^1].Name, ReadValue(depth));
    }

    private OtomlValue ReadValue(int depth)
    {
        var place = cursor.Place();
        tree.Admit(place);

        return cursor.Next switch
        {
            '"' or '\'' => new OtomlString(place, strings.Read(ref cursor)),
            '[' => ReadArray(place, Deeper(depth, place)),
            '{' => ReadInlineTable(place, Deeper(depth, place)),
            _ => OtomlWord.Read(ref cursor),
        };
    }

    // A comma may follow the last value, and lines may end anywhere.
    private OtomlArray ReadArray(OtomlPlace place, int depth)
    {
        var array = new OtomlArray(place, isOfHeaders: false);
        cursor.Skip(1);
        SkipLines();

        while (!cursor.TrySkip("]"))
        {
            array.Items.Add(ReadValue(depth));
            SkipLines();

            if (cursor.Next != ']' && !cursor.TrySkip(","))
            {
                throw cursor.Expected("a comma or ]");
            }

            SkipLines();
        }

        return array;
    }

    // On one line, without a comma after the last value.
    private OtomlTable ReadInlineTable(OtomlPlace place, int depth)
    {
        var table = new OtomlTable(place, OtomlTableOrigin.Inline);
        cursor.Skip(1);
        cursor.SkipBlanks();

        if (cursor.TrySkip("}"))
        {
            return table;
        }

        do
        {
            ReadKeyAndValue(table, depth);
            cursor.SkipBlanks();
        }
        while (cursor.TrySkip(","));

        return cursor.TrySkip("}") ? table : throw cursor.Expected("a comma or }");
    }

    private void SkipLines()
    {
        do
        {
            cursor.SkipBlanks();
            SkipComment();
        }
        while (cursor.TrySkipNewline());
    }

    private void SkipComment()
    {
        if (cursor.Next == '#')
        {
            cursor.TakeUntil(OtomlStringReader.ControlCharacters);
        }
    }

    private void SkipNewlineOrEnd()
    {
        if (!cursor.TrySkipNewline() && cursor.Next != OtomlCursor.End)
        {
            throw cursor.Expected("the end of the line");
        }
    }

    private static int Deeper(int depth, OtomlPlace place) => depth < OtomlLimits.NestingMax
        ? depth + 1
        : throw new OtomlException(place, $"values nest at most {OtomlLimits.NestingMax} deep");
}
