/**
 * Mapped memory: control file and regions, creation, attachment and removal, the lock, the version and the undo area of
 * a partition. Knows neither workers nor settings: it is handed values.
 */
package org.shmarrays.internal.segment;
