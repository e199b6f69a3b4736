/** How files and streams that users name are written. */
package org.shmarrays.output;
