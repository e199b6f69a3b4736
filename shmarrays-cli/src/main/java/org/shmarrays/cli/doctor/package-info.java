/** What {@code shmarrays doctor} looks at: facts about the machine, its segments and their workers, and what they mean. */
package org.shmarrays.cli.doctor;
