/**
 * Update functions, and the numeric work over mapped memory in blocks that stay in the first-level cache. Knows no lock:
 * who calls it holds what must be held.
 */
package org.shmarrays.update;
