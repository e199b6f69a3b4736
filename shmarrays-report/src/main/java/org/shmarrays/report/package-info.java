/**
 * What people are shown of a segment's counters: two looks at it as one view, for a terminal, as JSON or in a browser; and the
 * history of a run as one page.
 */
package org.shmarrays.report;
