using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace EventLedger.Hosting.Otlp;

/// <summary>
/// Gives the framework's activity of a request its method, route and status, which it lacks. Not the path: it may name
/// a customer.
/// </summary>
internal static class RequestNaming
{
    /// <summary>Names the request once it is handled.</summary>
    public static async Task NameAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity)
            {
                Name(activity, context);
            }
        }
    }

    private static void Name(Activity activity, HttpContext context)
    {
        var method = MethodOf(context.Request);
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var status = context.Response.StatusCode;

        activity.DisplayName = route is null ? method : $"{method} {route}";
        activity.SetTag("http.request.method", method);
        activity.SetTag("http.route", route);
        activity.SetTag("http.response.status_code", status);

        if (status >= StatusCodes.Status500InternalServerError)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    // Clients may make up methods.
    private static string MethodOf(HttpRequest request) =>
        HttpMethods.GetCanonicalizedValue(request.Method) is var method && IsKnown(method) ? method : "_OTHER";

    private static bool IsKnown(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsPut(method)
        || HttpMethods.IsDelete(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method)
        || HttpMethods.IsPatch(method) || HttpMethods.IsConnect(method) || HttpMethods.IsTrace(method);
}
