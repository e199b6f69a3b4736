package org.shmarrays.report;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What the packages of this module see, of each other and of core. */
class PackagesTest {
    private static final String REPORT = "org.shmarrays.report";
    private static final String TENSORBOARD = "org.shmarrays.tensorboard";
    private static final String CONSOLE = "org.shmarrays.console";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(REPORT, TENSORBOARD, CONSOLE);

    @Test
    void shouldStandInOneLine() {
        noClasses()
                .that(resideInAPackage(REPORT))
                .should()
                .dependOnClassesThat(resideInAPackage(TENSORBOARD))
                .check(CLASSES);
        noClasses()
                .that(resideOutsideOfPackage(CONSOLE))
                .should()
                .dependOnClassesThat(resideInAPackage(CONSOLE))
                .check(CLASSES);
    }

    /** What is shown does not depend on how workers are launched, nor on how values are saved or changed. */
    @Test
    void shouldSeeOfCoreWhatWatchersRead() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.shmarrays.launch..", "org.shmarrays.checkpoint..", "org.shmarrays.update..")
                .check(CLASSES);
    }

    @Test
    void shouldNeedNoOtherLibrary() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "org.shmarrays..", "org.agrona..")
                .check(CLASSES);
    }

    @Test
    void shouldPrintNothing() {
        noClasses()
                .that(resideOutsideOfPackage(CONSOLE))
                .should(ACCESS_STANDARD_STREAMS)
                .check(CLASSES);
    }

    @Test
    void shouldSleepNowhereInWaits() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CLASSES);
    }
}
