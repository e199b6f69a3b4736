/** Workers are killed at random, many times, and every one of their updates is accounted for. */
package org.shmarrays.randomkill;
