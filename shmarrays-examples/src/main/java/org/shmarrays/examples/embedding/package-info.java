/** Word embeddings, trained by their rows. */
package org.shmarrays.examples.embedding;
