/** The protocol of lock, version, undo and recovery as a model with few states, all of which are looked at. */
package org.shmarrays.model;
