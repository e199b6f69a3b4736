/** What the tests of several packages share. */
package org.shmarrays.testing;
