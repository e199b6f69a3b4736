/** What an array is: element type, order, shape, mode, rounding, optimizer state and aliases. Immutable values. */
package org.shmarrays.layout;
