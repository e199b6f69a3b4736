/** Starts worker processes, lets them do their work in the same windows of time, and tells what came of it. Knows no candidate. */
package org.shmarrays.benchmarks.harness;
