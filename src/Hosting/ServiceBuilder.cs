using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace EventLedger.Hosting;

/// <summary>Begins a program that serves HTTP. What it is told, the environment tells it.</summary>
public static class ServiceBuilder
{
    /// <summary>
    /// A builder that reads no <c>appsettings.json</c>, which might be another program's, and watches no folder for
    /// one: where the working directory is <c>/</c> that would be every folder of the machine, the spool's too.
    /// </summary>
    public static WebApplicationBuilder Create()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });

        foreach (var file in builder.Configuration.Sources.OfType<FileConfigurationSource>().ToArray())
        {
            builder.Configuration.Sources.Remove(file);
        }

        return builder;
    }
}
