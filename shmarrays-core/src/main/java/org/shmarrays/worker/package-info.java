/**
 * Workers: who this process is in a run, the slot that a worker holds in shared memory, who is alive, clocks, barriers
 * and turns.
 */
package org.shmarrays.worker;
