/** Processes that are killed at each step of each protocol, and what the others find then. */
package org.shmarrays.kill;
