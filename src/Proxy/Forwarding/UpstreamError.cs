using Yarp.ReverseProxy.Forwarder;

namespace EventLedger.Proxy.Forwarding;

/// <summary>What a client is told when there is no answer from the upstream, in the form of OpenAI's errors.</summary>
internal static class UpstreamError
{
    /// <summary>Writes status and body, in place of a response that hasn't begun.</summary>
    public static Task WriteAsync(HttpResponse response, ForwarderError error, bool isTimedOut)
    {
        var (status, code, message) = (isTimedOut, error, response.StatusCode) switch
        {
            (true, _, _) or (_, ForwarderError.RequestTimedOut, _) =>
                (StatusCodes.Status504GatewayTimeout, "upstream_timeout", "The upstream didn't answer in time."),
            (_, ForwarderError.RequestBodyClient, var refused) =>
                (refused, "request_unreadable", "The body of the request can't be read."),
            (_, ForwarderError.ResponseBodyDestination or ForwarderError.ResponseHeaders, _) =>
                (StatusCodes.Status502BadGateway, "upstream_broke_off", "The upstream's answer can't be read."),
            _ => (StatusCodes.Status502BadGateway, "upstream_unreachable", "The upstream can't be reached."),
        };

        response.Clear();
        response.StatusCode = status;
        response.ContentType = "application/json";
        return response.WriteAsync(
            $$$"""{"error":{"message":"{{{message}}}","type":"proxy_error","param":null,"code":"{{{code}}}"}}""");
    }
}
