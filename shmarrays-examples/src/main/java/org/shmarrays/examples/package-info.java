/** Placeholder. */
package org.shmarrays.examples;
