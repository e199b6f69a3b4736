/** Complete programs that train with shmarrays, one package each. */
package org.shmarrays.examples;
