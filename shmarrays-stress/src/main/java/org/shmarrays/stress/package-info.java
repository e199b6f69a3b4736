/**
 * What a build has proven of the reliability. The tests of this package run the protocols of core under jcstress: the real
 * classes, two actors and an arbiter each; {@code StressIT} fails where an outcome is forbidden, or a test was not run.
 */
package org.shmarrays.stress;
