/** {@code python/shmarrays.py} beside workers in Java; its scripts stand among the test resources. */
package org.shmarrays.numpy;
