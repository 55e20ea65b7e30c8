using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventLedger.NodeBilling.Forges;

/// <summary>What the forge answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, whole.</param>
internal readonly record struct ForgeAnswer(HttpStatusCode Status, byte[] Body);

/// <summary>Calls a forge's API. Redirections are not followed: they might carry the token elsewhere.</summary>
internal sealed class ForgeClient
{
    /// <summary>The largest answer, in bytes: a file of 10 MiB in base64, and then some.</summary>
    public const int AnswerBytesMax = 16 * 1024 * 1024;

    private const int ExcerptLengthMax = 200;

    private readonly ForgeOptions options;
    private readonly HttpClient client;
    private volatile string? token;

    public ForgeClient(ForgeOptions options)
    {
        this.options = options;
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.CallLimit,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            BaseAddress = new Uri($"{options.Url.AbsoluteUri.TrimEnd('/')}/api/v1/"),
            Timeout = options.CallLimit,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }

    /// <summary>Sends a call without a body.</summary>
    /// <exception cref="ForgeException">There is no answer, or not all of it.</exception>
    public Task<ForgeAnswer> GetAsync(string path, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, path, content: null, cancellation);

    /// <summary>Sends a call with a JSON body.</summary>
    /// <exception cref="ForgeException">There is no answer, or not all of it.</exception>
    public Task<ForgeAnswer> SendAsync<T>(
        HttpMethod method, string path, T body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(method, path, content, cancellation);
    }

    /// <summary>What a body says.</summary>
    /// <exception cref="ForgeException">It is not what the API answers.</exception>
    public static T Read<T>(ForgeAnswer answer, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type)
                ?? throw new ForgeException("the forge answered null", mayPass: true);
        }
        catch (JsonException)
        {
            throw new ForgeException($"the forge answered {(int)answer.Status} with what is no JSON", mayPass: true);
        }
    }

    /// <summary>An answer that isn't what was hoped for: whose fault it is, and whether it may pass.</summary>
    public ForgeException Unexpected(ForgeAnswer answer, string what)
    {
        var said = $"{what} was answered {(int)answer.Status}{Excerpt(answer.Body)}";

        return answer.Status switch
        {
            HttpStatusCode.Unauthorized => new($"FORGE_TOKEN is not accepted: {said}", mayPass: false),
            HttpStatusCode.Forbidden => new(
                "FORGE_TOKEN may not do this (it needs write:repository, and write:organization to make a repository), "
                + $"or FORGE_BRANCH is protected: {said}", mayPass: false),
            HttpStatusCode.Locked => new($"FORGE_REPO is archived: {said}", mayPass: false),
            HttpStatusCode.RequestEntityTooLarge => new($"FORGE_OWNER has no room left: {said}", mayPass: false),
            HttpStatusCode.NotFound => new(
                $"FORGE_OWNER, FORGE_REPO or FORGE_BRANCH is not there: {said}", mayPass: false),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => new(
                $"FORGE_URL leads elsewhere, which is not followed: {said}", mayPass: false),
            _ => new(said, mayPass: true),
        };
    }

    /// <summary>What may be passed on of a text of the forge's, who might repeat what it was sent.</summary>
    public string Clean(string text)
    {
        var clean = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        clean = token is null ? clean : clean.Replace(token, "***", StringComparison.Ordinal);
        return clean.Length > ExcerptLengthMax ? clean[..ExcerptLengthMax] : clean;
    }

    private async Task<ForgeAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };

        if (options.ReadToken() is { } current)
        {
            token = current;
            request.Headers.Authorization = new AuthenticationHeaderValue("token", current);
        }

        try
        {
            using var response = await client.SendAsync(request, cancellation);
            return new(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (HttpRequestException large) when (large.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new ForgeException($"the forge's answer has more than {AnswerBytesMax} bytes", mayPass: false);
        }
        catch (Exception failure) when (IsOfTheWay(failure, cancellation))
        {
            throw new ForgeException($"the forge of FORGE_URL didn't answer: {Clean(failure.Message)}", mayPass: true);
        }
    }

    // A call that took too long is cancelled as well, though nobody asked for it.
    private static bool IsOfTheWay(Exception failure, CancellationToken cancellation) =>
        failure is HttpRequestException or IOException
        || (failure is OperationCanceledException && !cancellation.IsCancellationRequested);

    private string Excerpt(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ForgeJson.Default.ErrorAnswer)?.Message is { Length: > 0 } message
                ? $": {Clean(message)}"
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
