package org.shmarrays.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a checkpoint says of its training, as JSON in its entry {@value #ENTRY}: see {@code docs/format/checkpoint.md}.
 *
 * @param combine how the hosts' parameters are combined
 * @param arrays that are exchanged: name, type, shape and order of each
 */
record SavedTraining(String combine, List<String> arrays, TrainingProgress progress) implements Serializable {
    /** The entry's name. */
    static final String ENTRY = "__shmarrays_rounds__";

    private static final String FORMAT = "shmarrays-rounds";
    private static final long VERSION = 1;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_LONG_FOR_INTS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    String toJson() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("format", FORMAT);
        map.put("version", VERSION);
        map.put("combine", combine);
        map.put("arrays", arrays);
        map.put("rounds", progress.rounds());
        map.put("iteration", progress.iteration());
        map.put("epoch", progress.epoch());
        map.put("samples", progress.samples());
        if (progress.data() != null) {
            map.put("data", progress.data().toMap());
        }
        try {
            return JSON.writeValueAsString(map);
        } catch (final JsonProcessingException e) {
            throw new UncheckedIOException(e); // of text and numbers
        }
    }

    /**
     * Reads it back.
     *
     * @throws IllegalArgumentException if it is not of this version
     */
    static SavedTraining ofJson(final String json) {
        try {
            final Map<?, ?> map = JSON.readValue(json, Map.class);
            if (!FORMAT.equals(map.get("format")) || !Long.valueOf(VERSION).equals(map.get("version"))) {
                throw new IllegalArgumentException("unknown format: format=" + map.get("format") + ", version="
                        + map.get("version") + "; this program reads " + FORMAT + " version " + VERSION);
            }
            final DataProgress data = map.containsKey("data") ? DataProgress.of((Map<?, ?>) map.get("data")) : null;
            final TrainingProgress progress = new TrainingProgress(
                    (Long) map.get("rounds"),
                    (Long) map.get("iteration"),
                    (Long) map.get("epoch"),
                    (Long) map.get("samples"),
                    data);
            return new SavedTraining(
                    map.get("combine").toString(),
                    ((List<?>) map.get("arrays")).stream().map(Object::toString).toList(),
                    progress);
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException(ENTRY + " is no JSON object: " + e.getOriginalMessage(), e);
        } catch (final ClassCastException | NullPointerException e) {
            throw new IllegalArgumentException("a value of " + ENTRY + " is missing or has the wrong type: " + e, e);
        }
    }

    /** How it differs from what this training is, one sentence for each difference. */
    List<String> differencesFrom(final SavedTraining own) {
        final List<String> differences = new ArrayList<>();
        for (int i = 0; i < Math.max(arrays.size(), own.arrays.size()); i++) {
            compare("array", get(own.arrays, i), get(arrays, i), differences);
        }
        compare("combine", own.combine, combine, differences);
        final DataProgress data = progress.data();
        final DataProgress ownData = own.progress.data();
        compare("data", kind(ownData), kind(data), differences);
        if (data != null && ownData != null) {
            compare("number of batches", ownData.batches(), data.batches(), differences);
            compare("seed", ownData.seed(), data.seed(), differences);
        }
        return differences;
    }

    private static String get(final List<String> arrays, final int index) {
        return index < arrays.size() ? arrays.get(index) : "none";
    }

    private static String kind(final DataProgress data) {
        return data == null ? "an opener" : "an RDD";
    }

    private static void compare(
            final String what, final Object own, final Object saved, final List<String> differences) {
        if (!own.equals(saved)) {
            differences.add(what + ": this training has " + own + ", the checkpoint has " + saved);
        }
    }
}
