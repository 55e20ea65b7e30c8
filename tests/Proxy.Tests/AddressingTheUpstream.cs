using EventLedger.Proxy.Forwarding;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EventLedger.Proxy.Tests;

public class AddressingTheUpstream
{
    private readonly UpstreamTargets targets = new("http://gateway:8080/base");

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/files/a%2Fb?x=%20y")]
    [InlineData("/v1/models/..%2Fchat//completions/../")]
    public void Keeps_the_target_as_it_was_written(string target)
    {
        var first = Of(target)!;

        first.AbsoluteUri.ShouldBe("http://gateway:8080/base" + target);
        Of(target).ShouldBeSameAs(first);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("http://elsewhere/v1/chat/completions")]
    [InlineData("")]
    public void Has_none_for_what_is_no_path(string target) => Of(target).ShouldBeNull();

    [Fact]
    public void Tells_apart_more_targets_than_it_remembers()
    {
        var paths = Enumerable.Range(0, 4 * UpstreamTargets.RememberedMax).Select(n => $"/v1/{n}").ToArray();

        for (var round = 0; round < 2; round++)
        {
            paths.ShouldAllBe(path => Of(path)!.AbsolutePath == "/base" + path);
        }
    }

    [Fact]
    public void Remembers_no_target_that_is_longer_than_the_bound()
    {
        var longest = "/".PadRight(UpstreamTargets.RememberedLengthMax, 'a');

        Of(longest).ShouldBeSameAs(Of(longest));
        Of(longest + "a")!.AbsolutePath.ShouldBe("/base" + longest + "a");
        Of(longest + "a").ShouldNotBeSameAs(Of(longest + "a"));
    }

    private Uri? Of(string target)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return targets.Of(context);
    }
}
