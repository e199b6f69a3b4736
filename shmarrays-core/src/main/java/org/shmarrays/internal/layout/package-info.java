/**
 * What lies where: the partitioning, and a descriptor for each structure in shared memory. Arithmetic only; the
 * normative text is {@code docs/format/layout.md}.
 */
package org.shmarrays.internal.layout;
