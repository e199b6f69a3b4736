/** The pages for browsers, looked at in one. */
package org.shmarrays.examples.browser;
