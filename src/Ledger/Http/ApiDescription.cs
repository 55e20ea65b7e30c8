using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EventLedger.Ledger.Http;

/// <summary>The OpenAPI document of all endpoints, <c>/openapi/v1.json</c>, open to everybody.</summary>
internal static class ApiDescription
{
    private const string Token = "token";

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

    private sealed record RequestExample(string Json);
}
