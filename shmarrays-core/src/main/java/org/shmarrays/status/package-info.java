/** What others may watch: the counters in shared memory, read without a slot and without a lock, and as meters. */
package org.shmarrays.status;
