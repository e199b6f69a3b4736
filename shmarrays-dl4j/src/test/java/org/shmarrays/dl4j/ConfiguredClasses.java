package org.shmarrays.dl4j;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** The classes of all objects in a model's configuration, with those that they extend. */
final class ConfiguredClasses {
    private static final List<String> PACKAGES =
            List.of("org.deeplearning4j.nn.conf.", "org.nd4j.linalg.learning.", "org.nd4j.linalg.schedule.");

    private final Set<Class<?>> classes = new HashSet<>();
    private final Set<Object> visited = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> next = new ArrayDeque<>();

    private ConfiguredClasses() {}

    static Set<Class<?>> of(final Model model) throws IllegalAccessException {
        final ConfiguredClasses found = new ConfiguredClasses();
        found.next.add(
                model instanceof ComputationGraph graph
                        ? graph.getConfiguration()
                        : ((MultiLayerNetwork) model).getLayerWiseConfigurations());
        while (!found.next.isEmpty()) {
            found.visit(found.next.remove());
        }
        return found.classes;
    }

    private void visit(final Object object) throws IllegalAccessException {
        if (!visited.add(object)) {
            return;
        }
        if (object instanceof Collection<?> all) {
            all.forEach(this::add);
        } else if (object instanceof Map<?, ?> map) {
            map.values().forEach(this::add);
        } else if (object instanceof Object[] array) {
            List.of(array).forEach(this::add);
        } else {
            visitFields(object);
        }
    }

    private void visitFields(final Object object) throws IllegalAccessException {
        for (Class<?> type = object.getClass(); isConfigured(type); type = type.getSuperclass()) {
            classes.add(type);
            for (final Field field : type.getDeclaredFields()) {
                if (!field.getType().isPrimitive() && !Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    add(field.get(object));
                }
            }
        }
    }

    private void add(final Object object) {
        if (object != null) {
            next.add(object);
        }
    }

    /** A class of DL4J's configurations, or a test's own that extends one. */
    private static boolean isConfigured(final Class<?> type) {
        return type != null
                && (PACKAGES.stream().anyMatch(type.getName()::startsWith)
                        || type.getPackage() == ConfiguredClasses.class.getPackage());
    }
}
