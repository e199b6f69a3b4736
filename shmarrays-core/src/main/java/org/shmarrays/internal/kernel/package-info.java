/**
 * The numeric work of updates over mapped memory: in place by vector kernels, or in blocks that stay in the first-level
 * cache. Knows no lock: the caller holds what must be held.
 */
package org.shmarrays.internal.kernel;
