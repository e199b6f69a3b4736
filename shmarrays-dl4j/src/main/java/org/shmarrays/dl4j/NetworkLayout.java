package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.nd4j.Nd4jArrays;

/** How a network's parameters lie in its flat array, as DL4J's own views have it. */
final class NetworkLayout {
    /** The name of the flat array: a vector of all parameters. */
    static final String PARAMS = "params";

    private NetworkLayout() {}

    /**
     * The flat array of an initialised network, with an alias for each parameter, and companions for the state of the
     * network's own updaters.
     */
    static ArraySpec spec(final MultiLayerNetwork network) {
        return Nd4jArrays.specs(Map.of(PARAMS, network.params()))
                .get(0)
                .withState(stateCount(network))
                .withAliases(aliases(network));
    }

    /** The parameters of an initialised network or graph as parts of its flat array. */
    static List<AliasSpec> aliases(final Model network) {
        final long start = network.params().offset();
        final List<AliasSpec> aliases = new ArrayList<>();
        for (final Map.Entry<String, INDArray> entry : network.paramTable().entrySet()) {
            final ArraySpec part =
                    Nd4jArrays.specs(Map.of(entry.getKey(), entry.getValue())).get(0);
            final int first = Math.toIntExact(entry.getValue().offset() - start);
            aliases.add(new AliasSpec(part.name(), first, part.order(), part.shape()));
        }
        return aliases;
    }

    private static int stateCount(final MultiLayerNetwork network) {
        long most = 0;
        for (final Layer layer : network.getLayers()) {
            for (final String parameter : layer.paramTable(false).keySet()) {
                most = Math.max(
                        most, layer.getConfig().getUpdaterByParam(parameter).stateSize(1));
            }
        }
        return Math.toIntExact(most);
    }

    /**
     * Returns if a segment's flat array is of the length and type that a network needs, which need not be initialised.
     *
     * @throws IllegalArgumentException otherwise
     */
    static void checkCount(final MultiLayerConfiguration conf, final Nd4jArrays arrays) {
        long count = 0;
        for (final NeuralNetConfiguration layer : conf.getConfs()) {
            count += layer.getLayer().initializer().numParams(layer);
        }
        final int found = arrays.arrays().array(PARAMS).elementCount();
        if (count != found || arrays.dataType(PARAMS) != conf.getDataType()) {
            throw new IllegalArgumentException(
                    "the segment holds another network's parameters: segment=" + arrays.name()
                            + ", configured=" + count + " of " + conf.getDataType() + ", found=" + found + " of "
                            + arrays.dataType(PARAMS));
        }
    }

    /**
     * Throws unless a segment's flat array has these parameters as aliases.
     *
     * @throws IllegalArgumentException naming the first parameter that differs
     */
    static void check(final List<AliasSpec> expected, final ArraySpec found, final String segment) {
        final List<AliasSpec> there = found.aliases();
        for (int i = 0; i < Math.max(expected.size(), there.size()); i++) {
            final AliasSpec parameter = i < expected.size() ? expected.get(i) : null;
            final AliasSpec alias = i < there.size() ? there.get(i) : null;
            if (parameter == null || !parameter.equals(alias)) {
                throw new IllegalArgumentException("the segment holds another network's parameters: segment=" + segment
                        + ", first difference: configured=" + parameter + ", found=" + alias);
            }
        }
    }
}
