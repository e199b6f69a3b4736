/** JSON (RFC 8259), as far as checkpoints, reports and the command line need it. */
package org.shmarrays.json;
