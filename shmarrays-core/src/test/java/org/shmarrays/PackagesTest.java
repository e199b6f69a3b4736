package org.shmarrays;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shmarrays.internal.Doors;
import org.shmarrays.testing.CoreClasses;
import org.shmarrays.update.Updates;

/**
 * The packages of core stand in one line, each seeing only those to its left. {@link Doors} sees both sides, and so
 * does {@link Updates}: it makes the functions for which there are kernels.
 */
class PackagesTest {
    private static final String ROOT = "org.shmarrays";
    private static final List<String> LINE = List.of(
            ROOT + ".errors",
            ROOT + ".internal",
            ROOT + ".internal.json",
            ROOT + ".layout",
            ROOT + ".update",
            ROOT + ".internal.layout",
            ROOT + ".internal.segment",
            ROOT + ".internal.kernel",
            ROOT + ".internal.worker",
            ROOT + ".internal.access",
            ROOT + ".worker",
            ROOT + ".internal.output",
            ROOT + ".output",
            ROOT + ".status",
            ROOT,
            ROOT + ".checkpoint",
            ROOT + ".internal.launch",
            ROOT + ".launch");

    private static final JavaClasses CLASSES =
            CoreClasses.ALL.that(DescribedPredicate.not(type(Doors.class).or(type(Updates.class))));

    @Test
    void shouldStandInOneLine() {
        for (int left = 0; left < LINE.size(); left++) {
            for (final String right : LINE.subList(left + 1, LINE.size())) {
                noClasses()
                        .that(resideInAPackage(LINE.get(left)))
                        .should()
                        .dependOnClassesThat(resideInAPackage(right))
                        .allowEmptyShould(true)
                        .check(CLASSES);
            }
        }
    }

    @Test
    void shouldHaveNoOtherPackages() {
        noClasses()
                .should()
                .resideOutsideOfPackages(LINE.toArray(String[]::new))
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoCycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void shouldKnowMicrometerInStatusAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".status")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(CLASSES);
    }

    @Test
    void shouldLogThroughTheSystemLoggerAlone() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.logging..", "org.slf4j..", "org.apache..")
                .check(CLASSES);
    }

    /**
     * The launcher's output is what it is for, users name standard output; pipe and failing worker have a last word.
     */
    @Test
    void shouldPrintNothing() {
        noClasses()
                .that(DescribedPredicate.not(DescribedPredicate.<JavaClass>or(
                        resideInAPackage(ROOT + ".launch"),
                        resideInAPackage(ROOT + ".internal.output"),
                        JavaClass.Predicates.simpleName("LauncherPipe"),
                        JavaClass.Predicates.simpleName("FailureSentence"))))
                .should(ACCESS_STANDARD_STREAMS)
                .check(CLASSES);
    }

    @Test
    void shouldSleepNowhereInWaits() {
        noClasses()
                .that(DescribedPredicate.not(JavaClass.Predicates.simpleName("LauncherPipe")))
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .check(CLASSES);
    }
}
