/** Placeholder. */
package org.shmarrays;
