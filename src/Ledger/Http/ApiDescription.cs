using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EventLedger.Ledger.Http;

/// <summary>The OpenAPI document of all endpoints, <c>/openapi/v1.json</c>, open to everybody.</summary>
internal static class ApiDescription
{
    private const string Token = "token";
    private const string Json = "application/json";

    /// <summary>Makes the document from what endpoints say of themselves.</summary>
    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(
        "v1",
        document =>
        {
            document.AddDocumentTransformer(DescribeWhole);
            document.AddOperationTransformer(DescribeOperation);
        });

    /// <summary>Maps the document.</summary>
    public static void MapApiDescription(this IEndpointRouteBuilder routes) =>
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();

    /// <summary>Shows a body that the endpoint takes.</summary>
    public static RouteHandlerBuilder WithExample(this RouteHandlerBuilder endpoint, string json) =>
        endpoint.WithMetadata(new RequestExample(json));

    /// <summary>Shows an answer that the endpoint gives.</summary>
    public static RouteHandlerBuilder WithAnswer(
        this RouteHandlerBuilder endpoint, string text, string mediaType = Json) =>
        endpoint.WithMetadata(new AnswerExample(text, mediaType));

    /// <summary>Shows what a parameter of the query may be.</summary>
    public static RouteHandlerBuilder WithQueryExample(
        this RouteHandlerBuilder endpoint, string name, string value, string description) =>
        endpoint.WithMetadata(new QueryExample(name, value, description));

    private static Task DescribeWhole(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new()
        {
            Title = "EventLedger",
            Version = "v1",
            Description = "Amounts are whole numbers in an asset's smallest unit. Problems are those of RFC 9457.",
        };
        document.Components ??= new();
        document.AddComponent<IOpenApiSecurityScheme>(
            Token,
            new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" });
        return Task.CompletedTask;
    }

    private static Task DescribeOperation(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;

        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Token, context.Document)] = [] }];
        }

        foreach (var content in operation.RequestBody?.Content?.Values ?? [])
        {
            if (metadata.OfType<RequestExample>().FirstOrDefault() is { } example)
            {
                content.Example = JsonNode.Parse(example.Json);
            }
        }

        operation.Responses ??= [];
        ShowParameters(operation, metadata.OfType<QueryExample>());
        ShowAnswers(operation, metadata.OfType<AnswerExample>());
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "What is wrong, as problem details.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new OpenApiMediaType(),
            },
        };
        return Task.CompletedTask;
    }

    private static void ShowParameters(OpenApiOperation operation, IEnumerable<QueryExample> examples)
    {
        foreach (var example in examples)
        {
            if (operation.Parameters?.FirstOrDefault(known => known.Name == example.Name) is OpenApiParameter parameter)
            {
                parameter.Example = JsonValue.Create(example.Value);
                parameter.Description = example.Description;
            }
        }
    }

    private static void ShowAnswers(OpenApiOperation operation, IEnumerable<AnswerExample> examples)
    {
        foreach (var example in examples)
        {
            var content = ((OpenApiResponse)operation.Responses!["200"]).Content ??=
                new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
            content.TryAdd(example.MediaType, new OpenApiMediaType());
            content[example.MediaType].Example = example.MediaType == Json
                ? JsonNode.Parse(example.Text)
                : JsonValue.Create(example.Text);
        }
    }

    private sealed record RequestExample(string Json);

    private sealed record AnswerExample(string Text, string MediaType);

    private sealed record QueryExample(string Name, string Value, string Description);
}
