/** A sparse linear model, trained by workers that share its weights: {@code bin/shmarrays sparse-svm}. */
package org.shmarrays.examples.svm;
