package org.shmarrays;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.shmarrays.testing.CoreClasses;

/**
 * Number of public types of each package that are neither nested nor exceptions. What users may touch is small, so
 * these numbers may only fall: write a lower one here when a type is closed.
 */
class PublicTypesTest {
    private static final Map<String, Long> PUBLIC_TYPES = Map.ofEntries(
            entry("org.shmarrays", 7L),
            entry("org.shmarrays.checkpoint", 6L),
            entry("org.shmarrays.launch", 5L),
            entry("org.shmarrays.layout", 8L),
            entry("org.shmarrays.output", 1L),
            entry("org.shmarrays.status", 8L),
            entry("org.shmarrays.update", 5L),
            entry("org.shmarrays.worker", 2L));

    @Test
    void shouldHandOutNothingInternal() {
        final List<String> found = CoreClasses.ALL.stream()
                .filter(type -> !type.getPackageName().contains(".internal"))
                .filter(PublicTypesTest::isVisible)
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(PublicTypesTest::isVisible)
                .filter(unit -> Stream.concat(
                                unit.getAllInvolvedRawTypes().stream(), unit.getOwner().getAllRawInterfaces().stream())
                        .anyMatch(type -> type.getPackageName().startsWith("org.shmarrays.internal")
                                || type.getPackageName().startsWith("org.agrona")))
                .map(JavaCodeUnit::getFullName)
                .sorted()
                .toList();

        assertThat(found).isEmpty();
    }

    private static boolean isVisible(final JavaClass type) {
        return isVisible((HasModifiers) type)
                && type.getEnclosingClass().map(PublicTypesTest::isVisible).orElse(true);
    }

    private static boolean isVisible(final HasModifiers element) {
        return element.getModifiers().contains(PUBLIC) || element.getModifiers().contains(PROTECTED);
    }

    @Test
    void shouldHaveNoMorePublicTypes() {
        final Map<String, Long> found = CoreClasses.ALL.stream()
                .filter(type -> type.getModifiers().contains(PUBLIC))
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getPackageName().contains(".internal"))
                .filter(type -> !type.isAssignableTo(Throwable.class))
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));

        assertThat(found).isEqualTo(PUBLIC_TYPES);
    }
}
