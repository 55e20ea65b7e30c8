using System.Reflection;
using EventLedger.Ops.Tests.Files;
using Xunit.Sdk;

namespace EventLedger.Ops.Tests.Kubernetes;

/// <summary>
/// What a test is run with, as <see cref="Manifests.RenderAsync"/> names it. Folders that only kubectl can render are
/// left out where it is missing; <see cref="RunningInACluster.Kustomize_renders_every_folder"/> says so there.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RenderedAttribute(params string[] folders) : DataAttribute
{
    private static readonly bool HasKubectl = new Tool("kubectl").IsFound;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        folders.Where(folder => HasKubectl || Manifests.IsOfTheChart(folder)).Select(folder => (object[])[folder]);
}
