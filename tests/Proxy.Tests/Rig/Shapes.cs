using EventLedger.Contracts.Pricing;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>One answer of an upstream, and the tokens that its envelope states; none of them for no envelope.</summary>
internal sealed record Shape(string Name, string Path, string Body, TokenCounts Tokens)
{
    /// <summary>What the client sends.</summary>
    public string Request { get; init; } = "{}";

    /// <summary>Whether it is a stream of events.</summary>
    public bool IsStream => !Body.StartsWith('{') && !Body.StartsWith('[');

    /// <summary>Its type.</summary>
    public string ContentType => IsStream ? "text/event-stream; charset=utf-8" : "application/json";

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The answers of known upstreams, one for each endpoint and variant.</summary>
internal static class Shapes
{
    private const string Asking = """{"stream":true,"stream_options":{"include_usage":true}}""";
    private const string Words =
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"w\"}}],\"usage\":null}\n\n";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Shape> All =
    [
        new("chat", "/v1/chat/completions", """
            {"model":"m","choices":[{"message":{"content":"\"usage\":{\"total_tokens\":9}"}}],
             "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,
             "prompt_tokens_details":{"cached_tokens":3},
             "completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":1}}}
            """, new(15, 10, 5, 3, 2)),
        new("completion without a total", "/v1/completions",
            """{"usage":{"prompt_tokens":10,"completion_tokens":5}}""", new(15, 10, 5)),
        new("chat below a deeper path", "/v1/x/y/chat/completions", """{"usage":{"total_tokens":15}}""", new(15)),
        new("chat, stream that asked", "/v1/chat/completions",
            Words + Words + "data: {\"choices\":[],\"usage\":{\"total_tokens\":15}}\n\ndata: [DONE]\n\n", new(15))
        { Request = Asking },
        new("completion, stream that asked", "/v1/completions",
            "data: {\"model\":\"m\",\"choices\":[{\"text\":\"w\"}],\"usage\":null}\n\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n",
            new(15, 10, 5))
        { Request = Asking },
        new("audio chat, usage before the last chunk", "/v1/chat/completions",
            Words + "data: {\"choices\":[{}],\"usage\":{\"total_tokens\":15}}\n\n" + Words + "data: [DONE]\n\n",
            new(15))
        { Request = Asking },
        new("chat, stream without its mark of the end", "/v1/chat/completions",
            Words + "data: {\"choices\":[],\"usage\":{\"total_tokens\":15}}\n\n", new(15)) { Request = Asking },
        new("chat, stream without usage", "/v1/chat/completions",
            Words.Replace(",\"usage\":null", "") + "data: [DONE]\n\n", default) { Request = Asking },
        new("chat, stream with an explicit zero", "/v1/chat/completions",
            Words + "data: {\"choices\":[],\"usage\":{\"total_tokens\":0}}\n\ndata: [DONE]\n\n", default)
        { Request = Asking },
        new("embeddings", "/v1/embeddings",
            """{"data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":8,"total_tokens":8}}""", new(8, 8)),
        new("rerank", "/v1/rerank", """{"results":[],"usage":{"prompt_tokens":8,"total_tokens":8}}""", new(8, 8)),
        new("rerank, usage in both places", "/v1/rerank", """
            {"usage":{"prompt_tokens":8,"total_tokens":8},"meta":{"usage":{"prompt_tokens":8,"total_tokens":8}}}
            """, new(8, 8)),
        new("rerank, usage under meta", "/v1/rerank",
            """{"results":[],"meta":{"usage":{"prompt_tokens":8,"total_tokens":8}}}""", new(8, 8)),
        new("rerank, tokens under meta", "/v1/rerank",
            """{"results":[],"meta":{"billed_units":{"units":1},"tokens":{"input_tokens":7,"output_tokens":1}}}""",
            new(8, 7, 1)),
        new("moderations", "/v1/moderations",
            """{"results":[{}],"usage":{"prompt_tokens":8,"total_tokens":8}}""", new(8, 8)),
        new("responses", "/v1/responses", """
            {"model":"m","output":[],"usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":30},
             "output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}}
            """, new(123, 36, 87, 30, 64)),
        new("responses, stream", "/v1/responses", """
            event: response.created
            data: {"type":"response.created","response":{"model":"m","usage":null}}

            event: response.completed
            data: {"type":"response.completed","response":{"model":"m",
            data: "usage":{"input_tokens":36,"input_tokens_details":{"cached_tokens":30},"output_tokens":87,
            data: "output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}}}


            """, new(123, 36, 87, 30, 64)),
        new("responses, stream that ends early", "/v1/responses", """
            event: response.incomplete
            data: {"type":"response.incomplete",
            data: "response":{"usage":{"input_tokens":36,"output_tokens":7,"total_tokens":43}}}


            """, new(43, 36, 7)),
        new("messages", "/v1/messages", """
            {"type":"message","model":"m","usage":{"input_tokens":20,"cache_creation_input_tokens":100,
             "cache_read_input_tokens":50,"output_tokens":4,"service_tier":"standard"}}
            """, new(174, 170, 4, 50)),
        new("messages, stream", "/v1/messages", """
            event: message_start
            data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":20,
            data: "cache_creation_input_tokens":100,"cache_read_input_tokens":50,"output_tokens":1}}}

            event: content_block_delta
            data: {"type":"content_block_delta","delta":{"text":"usage"}}

            event: message_delta
            data: {"type":"message_delta","delta":{},"usage":{"output_tokens":3}}

            event: message_delta
            data: {"type":"message_delta","delta":{},"usage":{"output_tokens":4}}

            event: message_stop
            data: {"type":"message_stop"}


            """, new(174, 170, 4, 50)),
        new("images", "/v1/images/generations",
            """{"data":[{"b64_json":"AA"}],"usage":{"total_tokens":100,"input_tokens":50,"output_tokens":50}}""",
            new(100, 50, 50)),
        new("image edits", "/v1/images/edits",
            """{"data":[{"b64_json":"AA"}],"usage":{"total_tokens":90,"input_tokens":40,"output_tokens":50}}""",
            new(90, 40, 50)),
        new("image edits without usage", "/v1/images/edits", """{"data":[{"b64_json":"AAAA"}]}""", default),
        new("transcriptions in tokens", "/v1/audio/transcriptions",
            """{"text":"t","usage":{"type":"tokens","input_tokens":14,"output_tokens":45,"total_tokens":59}}""",
            new(59, 14, 45)),
        new("transcriptions in seconds", "/v1/audio/transcriptions",
            """{"text":"t","usage":{"type":"duration","seconds":9}}""", default),
        new("explicit zero", "/v1/chat/completions",
            """{"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}""", default),
        new("models", "/v1/models", """{"data":[],"usage":{"total_tokens":15}}""", default),
        new("files", "/v1/files/f-1/content", """{"usage":{"total_tokens":15}}""", default),
        new("anything without usage", "/v1/fine_tuning/jobs", """{"id":"ft-1","status":"queued"}""", default),
        new("another interface", "/api/v1/chat/completions", """{"usage":{"total_tokens":15}}""", default),
    ];
}
