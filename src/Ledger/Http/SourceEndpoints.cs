using EventLedger.Ledger.Sources;
using EventLedger.Projections.Sources;

namespace EventLedger.Ledger.Http;

/// <summary>What never came, the oldest first; at most a thousand gaps, and as many sparse epochs.</summary>
/// <param name="Items">The gaps.</param>
/// <param name="Sparse">Epochs that don't count without gaps: what is missing from them since, nobody can tell.</param>
public sealed record GapPage(IReadOnlyList<GapItem> Items, IReadOnlyList<SparseItem> Sparse);

/// <summary>A producer's epoch that doesn't count without gaps.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life.</param>
/// <param name="LastAt">When it was last heard of.</param>
public sealed record SparseItem(string Source, string Epoch, DateTimeOffset LastAt);

/// <summary>Sequences that a producer has counted and that the ledger has not seen a minute later.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life that the sequences count in.</param>
/// <param name="First">The first one that is missing.</param>
/// <param name="Last">The last one.</param>
/// <param name="FoundAt">When they were missed.</param>
public sealed record GapItem(string Source, string Epoch, long First, long Last, DateTimeOffset FoundAt);

/// <summary>Shows what producers have sent.</summary>
internal static class SourceEndpoints
{
    /// <summary>Maps <c>GET /billing/sources/gaps</c>.</summary>
    public static void MapSources(this IEndpointRouteBuilder routes) => routes.MapGet("/billing/sources/gaps", GetAsync)
        .RequireAuthorization(Roles.Reader).WithName("ListGaps");

    private static async Task<GapPage> GetAsync(
        MissingEnvelopes envelopes, SourceQueries sources, CancellationToken cancellation) => new(
    [
        .. (await envelopes.FindAsync(cancellation))
            .Select(gap => new GapItem(gap.Source, gap.Epoch, gap.First, gap.Last, gap.FoundAt)),
    ],
    [
        .. (await sources.ReadSparseAsync(cancellation))
            .Select(sparse => new SparseItem(sparse.Source, sparse.Epoch, sparse.LastAt)),
    ]);
}
