package org.shmarrays.dl4j;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.BooleanNode;
import org.nd4j.shade.jackson.databind.node.IntNode;
import org.nd4j.shade.jackson.databind.node.NullNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nd4j.shade.jackson.databind.node.TextNode;

/**
 * What a segment keeps of the model that trains in it, so that others can attach by name alone, and other models are
 * refused.
 *
 * <pre>
 *   INT32 [n]:  kind | length of the JSON in bytes | length of the graph in bytes | the JSON in UTF-8, the graph
 * </pre>
 *
 * @param json the model's configuration; of a network, as DL4J reads it
 * @param graph of SameDiff, as DL4J reads it, without values of variables; null for a network
 */
record ModelConfiguration(Kind kind, String json, ByteBuffer graph) {
    /** Classes of models; a segment keeps the ordinal. */
    enum Kind {
        MULTI_LAYER_NETWORK("MultiLayerNetwork"),
        COMPUTATION_GRAPH("ComputationGraph"),
        SAME_DIFF("SameDiff");

        private final String label;

        Kind(final String label) {
            this.label = label;
        }

        /** The class's simple name. */
        String label() {
            return label;
        }
    }

    private static final int KIND = 0;
    private static final int JSON_LENGTH = KIND + 1;
    private static final int GRAPH_LENGTH = JSON_LENGTH + 1;
    private static final int CONTENT = GRAPH_LENGTH + 1;

    /**
     * Where a training stands, and how a host computes, with the values that a segment keeps instead: two models may
     * differ there and still be the same one.
     */
    private static final Map<String, JsonNode> INCIDENTAL = Map.ofEntries(
            Map.entry("cacheMode", TextNode.valueOf("NONE")),
            Map.entry("cudnnAlgoMode", TextNode.valueOf("PREFER_FASTEST")),
            Map.entry("cudnnAllowFallback", BooleanNode.TRUE),
            Map.entry("cudnnBwdDataAlgo", NullNode.instance),
            Map.entry("cudnnBwdFilterAlgo", NullNode.instance),
            Map.entry("cudnnFwdAlgo", NullNode.instance),
            Map.entry("epochCount", IntNode.valueOf(0)),
            Map.entry("inferenceWorkspaceMode", TextNode.valueOf("ENABLED")),
            Map.entry("iterationCount", IntNode.valueOf(0)),
            Map.entry("seed", IntNode.valueOf(0)),
            Map.entry("trainingWorkspaceMode", TextNode.valueOf("ENABLED")));

    /**
     * The configuration of a network.
     *
     * @param json as DL4J writes it
     */
    static ModelConfiguration of(final Kind kind, final String json) {
        return of(kind, json, null);
    }

    /** {@link #of(Kind, String)} with a graph. */
    static ModelConfiguration of(final Kind kind, final String json, final ByteBuffer graph) {
        final JsonNode tree = parsed(json);
        normalize(tree);
        return new ModelConfiguration(kind, tree.toString(), graph);
    }

    private static void normalize(final JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            INCIDENTAL.forEach((name, value) -> {
                if (object.path(name).isValueNode()) { // a vertex of a graph may have such a name too
                    object.set(name, value);
                }
            });
        }
        tree.forEach(ModelConfiguration::normalize);
    }

    int[] encoded() {
        final byte[] text = json.getBytes(StandardCharsets.UTF_8);
        final int graphLength = graph == null ? 0 : graph.remaining();
        final int words = Math.toIntExact((text.length + (long) graphLength + Integer.BYTES - 1) / Integer.BYTES);
        final ByteBuffer content = ByteBuffer.allocate(words * Integer.BYTES).put(text);
        if (graph != null) {
            content.put(graph.duplicate());
        }
        final int[] encoded = new int[CONTENT + words];
        encoded[KIND] = kind.ordinal();
        encoded[JSON_LENGTH] = text.length;
        encoded[GRAPH_LENGTH] = graphLength;
        content.rewind().asIntBuffer().get(encoded, CONTENT, words);
        return encoded;
    }

    /**
     * Decodes what {@link #encoded} gave.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    static ModelConfiguration decoded(final int[] encoded) {
        final int words = encoded.length - CONTENT;
        if (words < 0
                || encoded[KIND] < 0
                || encoded[KIND] >= Kind.values().length
                || encoded[JSON_LENGTH] < 0
                || encoded[GRAPH_LENGTH] < 0
                || (long) encoded[JSON_LENGTH] + encoded[GRAPH_LENGTH] > (long) words * Integer.BYTES) {
            throw new IllegalArgumentException("no configuration of a model: words=" + encoded.length);
        }
        final ByteBuffer content = ByteBuffer.allocate(words * Integer.BYTES);
        content.asIntBuffer().put(encoded, CONTENT, words);
        final int graphLength = encoded[GRAPH_LENGTH];
        return new ModelConfiguration(
                Kind.values()[encoded[KIND]],
                new String(content.array(), 0, encoded[JSON_LENGTH], StandardCharsets.UTF_8),
                graphLength == 0 ? null : content.slice(encoded[JSON_LENGTH], graphLength));
    }

    /** The first place where this one and another differ, and the two values there; null if they are the same model. */
    String differenceFrom(final ModelConfiguration other) {
        if (kind != other.kind) {
            return "kind: " + kind.label() + ", " + other.kind.label();
        }
        return difference("", parsed(json), parsed(other.json));
    }

    private static JsonNode parsed(final String json) {
        try {
            return NeuralNetConfiguration.mapper().readTree(json);
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException("a configuration that is no JSON", e);
        }
    }

    private static String difference(final String path, final JsonNode own, final JsonNode other) {
        if (own.isObject() && other.isObject()) {
            final Set<String> names = new TreeSet<>();
            own.fieldNames().forEachRemaining(names::add);
            other.fieldNames().forEachRemaining(names::add);
            for (final String name : names) {
                final String found = difference(path + "/" + name, own.path(name), other.path(name));
                if (found != null) {
                    return found;
                }
            }
            return null;
        } else if (own.isArray() && other.isArray() && own.size() == other.size()) {
            for (int i = 0; i < own.size(); i++) {
                final String found = difference(path + "/" + i, own.get(i), other.get(i));
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        return own.equals(other) ? null : path + ": " + brief(own) + ", " + brief(other);
    }

    private static String brief(final JsonNode value) {
        final int most = 60;
        final String text = value.isMissingNode() ? "nothing" : value.toString();
        return text.length() <= most ? text : text.substring(0, most) + "...";
    }
}
