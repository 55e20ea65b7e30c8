using System.Buffers.Text;
using System.Text;
using EventLedger.EventStore.Copying;

namespace EventLedger.Projections.Rebuilding;

/// <summary>Numbers that a query gives as text, as JSON holds them.</summary>
internal static class TextNumbers
{
    extension(CopyRows row)
    {
        /// <summary>A whole number; null where there is none.</summary>
        /// <exception cref="FormatException">It isn't whole, or is outside 64 bits.</exception>
        public long? NumberText(int field)
        {
            var text = row.Bytes(field);

            return text.IsEmpty ? null
                : Utf8Parser.TryParse(text, out long number, out var length) && length == text.Length ? number
                : throw new FormatException($"{Encoding.UTF8.GetString(text)} is no whole number of 64 bits");
        }
    }
}
