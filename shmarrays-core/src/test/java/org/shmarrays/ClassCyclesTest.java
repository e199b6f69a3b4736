package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.shmarrays.internal.Doors;
import org.shmarrays.testing.CoreClasses;

/** Classes that depend on each other can only be understood together. So none do. */
class ClassCyclesTest {
    private static final String ROOT = "org.shmarrays.";

    @Test
    void shouldHaveNoCycles() {
        final Map<String, Set<String>> uses = dependencies();
        final Map<String, Set<String>> reached = new HashMap<>();
        uses.keySet().forEach(name -> reached.put(name, reachedFrom(name, uses)));
        final Set<String> cycles = uses.keySet().stream()
                .filter(name -> reached.get(name).contains(name))
                .map(name -> reached.get(name).stream()
                        .filter(other -> reached.getOrDefault(other, Set.of()).contains(name))
                        .collect(Collectors.joining(" ")))
                .collect(Collectors.toSet());

        assertThat(cycles)
                .as("each line is a set of classes, nested ones included, of which each reaches all others")
                .isEmpty();
    }

    /**
     * For each class that is not nested those that it depends on, without {@value #ROOT}. The doors are left out: they
     * know both sides on purpose.
     */
    private static Map<String, Set<String>> dependencies() {
        final Map<String, Set<String>> uses = new HashMap<>();
        CoreClasses.ALL.stream()
                .filter(type -> !type.isEquivalentTo(Doors.class))
                .forEach(type -> type.getDirectDependenciesFromSelf().stream()
                        .map(dependency -> dependency
                                .getTargetClass()
                                .getBaseComponentType()
                                .getName())
                        .filter(target -> target.startsWith(ROOT))
                        .map(ClassCyclesTest::outer)
                        .filter(target -> !target.equals(outer(type.getName())))
                        .forEach(target -> uses.computeIfAbsent(outer(type.getName()), key -> new TreeSet<>())
                                .add(target)));
        return uses;
    }

    private static String outer(final String name) {
        final int nested = name.indexOf('$');
        return name.substring(ROOT.length(), nested < 0 ? name.length() : nested);
    }

    private static Set<String> reachedFrom(final String name, final Map<String, Set<String>> uses) {
        final Set<String> reached = new TreeSet<>();
        final Deque<String> open = new ArrayDeque<>(Set.of(name));
        while (!open.isEmpty()) {
            uses.getOrDefault(open.pop(), Set.of()).stream()
                    .filter(reached::add)
                    .forEach(open::push);
        }
        return reached;
    }
}
