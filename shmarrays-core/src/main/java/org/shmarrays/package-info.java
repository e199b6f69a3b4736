/**
 * Named arrays in shared memory: {@link org.shmarrays.ShmArrays} creates and attaches, reads, writes and updates them.
 */
package org.shmarrays;
