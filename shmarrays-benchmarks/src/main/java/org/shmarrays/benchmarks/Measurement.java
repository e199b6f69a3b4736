package org.shmarrays.benchmarks;

import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Report;

/** A benchmark that a command runs. */
interface Measurement {
    void measure(BenchDirectory directory, Effort effort, Report report) throws Exception;
}
