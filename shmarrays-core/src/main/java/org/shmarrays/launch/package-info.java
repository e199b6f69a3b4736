/**
 * Starts the worker processes of a run on this host, shows their output, and ends all of them when one fails or the launcher
 * itself is ended.
 */
package org.shmarrays.launch;
