namespace EventLedger.EventStore;

/// <summary>How far long work is.</summary>
/// <param name="What">What is worked on.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="Total">How much there is.</param>
/// <param name="DoneBefore">What of it an earlier run, which was broken off, had done.</param>
public readonly record struct WorkProgress(string What, long Done, long Total, long DoneBefore = 0);
