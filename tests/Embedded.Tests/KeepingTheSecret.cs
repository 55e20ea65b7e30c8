using EventLedger.Embedded.Running;
using EventLedger.Testing;

namespace EventLedger.Embedded.Tests;

public class KeepingTheSecret
{
    private readonly string folder = TestFolder.Make("secret");

    [Fact]
    public void A_secret_is_made_once_and_for_its_owners_eyes_only()
    {
        var file = JwtSecret.Ensure(folder, _ => null)["JWT_SECRET_FILE"];
        var made = File.ReadAllText(file);

        JwtSecret.Ensure(folder, _ => null)["JWT_SECRET_FILE"].ShouldBe(file);
        File.ReadAllText(file).ShouldBe(made);
        made.Length.ShouldBe(64);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("JWT_SECRET")]
    [InlineData("JWT_SECRET_FILE")]
    [InlineData("JWT_AUTHORITY")]
    public void What_the_caller_has_set_is_left_to_pass_through(string variable)
    {
        JwtSecret.Ensure(folder, name => name == variable ? "theirs" : null).ShouldBeEmpty();
        Directory.GetFiles(folder).ShouldBeEmpty();
    }
}
