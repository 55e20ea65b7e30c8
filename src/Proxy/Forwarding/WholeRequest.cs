namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// Sends one request whose body is there already in one piece with its head. The forwarder would send the head first,
/// for the sake of bodies that are long in coming: one more write for the proxy, and one more read for the upstream.
/// </summary>
internal sealed class WholeRequest(HttpMessageHandler connections, ReadOnlyMemory<byte> body)
    : HttpMessageInvoker(connections, disposeHandler: false)
{
    /// <inheritdoc/>
    public override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var whole = new ReadOnlyMemoryContent(body);

        foreach (var (name, values) in request.Content!.Headers.NonValidated)
        {
            whole.Headers.TryAddWithoutValidation(name, values);
        }

        request.Content = whole;
        return base.SendAsync(request, cancellationToken);
    }
}
