package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.nd4j.Nd4jArrays;

/** The flat array in which DL4J keeps the parameters of a network. */
final class FlatParameters {
    private FlatParameters() {}

    /** The parameters of a network as parts of its flat array. */
    static List<AliasSpec> aliases(final INDArray flat, final Map<String, INDArray> parameters) {
        final List<AliasSpec> aliases = new ArrayList<>();
        for (final Map.Entry<String, INDArray> entry : parameters.entrySet()) {
            final INDArray parameter = entry.getValue();
            final ArraySpec part =
                    Nd4jArrays.specs(Map.of(entry.getKey(), parameter)).get(0);
            final int first = Math.toIntExact(parameter.offset() - flat.offset());
            aliases.add(new AliasSpec(part.name(), first, part.order(), part.shape()));
        }
        return aliases;
    }

    /** DL4J's flat array, which may be a row, as a vector over the same memory. */
    static INDArray vector(final INDArray flat) {
        final INDArray vector = flat.reshape(flat.length());
        if (vector.data().platformAddress() != flat.data().platformAddress()) {
            throw new IllegalStateException("DL4J's flat array is no contiguous memory: " + flat.shapeInfoToString());
        }
        return vector;
    }
}
