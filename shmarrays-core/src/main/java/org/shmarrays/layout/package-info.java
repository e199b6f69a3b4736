/**
 * What lies where: element types, specifications of arrays, the partitioning, and a descriptor for each structure in
 * shared memory. Arithmetic only; the normative text is {@code docs/format/layout.md}.
 */
package org.shmarrays.layout;
