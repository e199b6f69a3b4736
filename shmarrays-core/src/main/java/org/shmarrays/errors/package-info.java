/** The exceptions of shmarrays that a caller can act on. All are unchecked. */
package org.shmarrays.errors;
