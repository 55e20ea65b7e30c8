namespace EventLedger.Proxy.Monitoring;

/// <summary>Takes metrics as they are described, for a page or for an exporter.</summary>
internal interface IMetricWriter
{
    /// <summary>A number that only grows.</summary>
    void Counter(string name, string help, Func<long> value);

    /// <summary>A number that goes up and down; null while nobody knows it.</summary>
    void Gauge(string name, string help, Func<double?> value);

    /// <summary>A counter for each value of one label.</summary>
    void Counters(string name, string help, string label, Func<IEnumerable<(string Value, long Count)>> counts);

    /// <summary>A histogram of durations in seconds.</summary>
    void Durations(string name, string help, Histogram histogram);
}
