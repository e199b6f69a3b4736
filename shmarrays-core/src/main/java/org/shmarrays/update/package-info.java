/** Update functions: the ready-made ones, and what a function of your own must do. */
package org.shmarrays.update;
