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

    [Fact]
    public void The_callers_secret_is_left_to_pass_through()
    {
        JwtSecret.Ensure(folder, name => name == "JWT_SECRET" ? "theirs" : null).ShouldBeEmpty();
        Directory.GetFiles(folder).ShouldBeEmpty();
    }
}
