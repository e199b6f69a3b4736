package org.shmarrays.examples.mnist;

import java.util.Map;

/** A model that tells digits apart with the parameters of a snapshot. For one thread. */
interface Classifier {
    /** Takes over parameters by name. */
    void load(Map<String, float[]> parameters);

    /** How many images of a batch it tells correctly. */
    int correct(Batch batch);
}
