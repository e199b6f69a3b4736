package org.shmarrays;

import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Number of public types of each package that are neither nested nor exceptions. What users may touch is small, so
 * these numbers may only fall: write a lower one here when a type is closed.
 */
class PublicTypesTest {
    private static final Map<String, Long> PUBLIC_TYPES = Map.ofEntries(
            entry("org.shmarrays", 13L),
            entry("org.shmarrays.checkpoint", 7L),
            entry("org.shmarrays.json", 2L),
            entry("org.shmarrays.launch", 14L),
            entry("org.shmarrays.layout", 9L),
            entry("org.shmarrays.output", 3L),
            entry("org.shmarrays.status", 12L),
            entry("org.shmarrays.update", 13L),
            entry("org.shmarrays.worker", 17L));

    @Test
    void shouldHaveNoMorePublicTypes() {
        final Map<String, Long> found = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("org.shmarrays").stream()
                        .filter(type -> type.getModifiers().contains(PUBLIC))
                        .filter(JavaClass::isTopLevelClass)
                        .filter(type -> !type.getPackageName().contains(".internal"))
                        .filter(type -> !type.isAssignableTo(Throwable.class))
                        .filter(type -> !type.getSimpleName().equals("package-info"))
                        .collect(Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));

        assertThat(found).isEqualTo(PUBLIC_TYPES);
    }
}
