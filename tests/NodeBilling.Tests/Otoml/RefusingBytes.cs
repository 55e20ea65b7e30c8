using System.Text;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class RefusingBytes
{
    [Theory]
    [InlineData("80", "a byte that continues nothing")]
    [InlineData("C080", "a NUL in two bytes")]
    [InlineData("C3", "a character cut off")]
    [InlineData("E282", "a longer one cut off")]
    [InlineData("E08080", "a NUL in three bytes")]
    [InlineData("EDA080", "half a character")]
    [InlineData("EDA0BDEDB880", "a character in two halves")]
    [InlineData("F4908080", "a character past the last")]
    [InlineData("F8888080", "a character of five bytes")]
    [InlineData("FF", "no byte of UTF-8")]
    [InlineData("FE", "neither")]
    public void Bytes_that_are_not_UTF8_are_refused_where_they_are(string bytes, string what)
    {
        var hostile = Convert.FromHexString(bytes);

        Refusal([.. "O:\n\n# é€😀 "u8, .. hostile]).ShouldBe(new OtomlPlace(3, 7), what);
        Refusal([.. "O:\na = '"u8, .. hostile, .. "'\n"u8]).ShouldBe(new OtomlPlace(2, 6), what);
        Refusal([.. hostile, .. "\n"u8]).ShouldBe(OtomlPlace.Start, what);
    }

    [Theory]
    [InlineData("FFFE4F003A000A00")]
    [InlineData("FEFF004F003A000A")]
    public void Other_encodings_are_refused(string bytes) =>
        Refusal(Convert.FromHexString(bytes)).ShouldBe(OtomlPlace.Start);

    [Theory]
    [InlineData("\ufeffO:\nrecords = []", 1, 1)]
    [InlineData("O: # c\nrecords = []", 1, 3)]
    [InlineData("O: \nrecords = []", 1, 3)]
    [InlineData("O:\rrecords = []", 1, 3)]
    [InlineData("O:O:\nrecords = []", 1, 3)]
    [InlineData("O:records = []", 1, 3)]
    [InlineData(" O:\nrecords = []", 1, 3)]
    [InlineData("o:\nrecords = []", 1, 2)]
    [InlineData("O\nrecords = []", 1, 2)]
    [InlineData("\nO:\nrecords = []", 2, 2)]
    [InlineData("O:\nO:\nrecords = []", 2, 2)]
    public void The_marker_is_the_whole_first_line(string text, int line, int column) =>
        Refusal(Encoding.UTF8.GetBytes(text)).ShouldBe(new OtomlPlace(line, column));

    private static OtomlPlace Refusal(ReadOnlySpan<byte> file) => Batches.Refusal(file).Place;
}
