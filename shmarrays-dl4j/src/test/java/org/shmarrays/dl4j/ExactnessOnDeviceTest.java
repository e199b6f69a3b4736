package org.shmarrays.dl4j;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.provider.Arguments;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.DeviceMemory;

/** The rows of {@link ExactnessTest} that differ in what a push does, with copies, as they are used on a device. */
class ExactnessOnDeviceTest extends ExactnessTest {
    private static final List<String> KINDS = List.of("Combinations", "Updaters", "Constraints");

    static Stream<Arguments> rows() {
        return ExactnessTest.rows().filter(row -> KINDS.contains(((ExactnessRow) row.get()[0]).kind()));
    }

    @Override
    TrainingOptions options(final Mode mode) {
        return super.options(mode).withMemory(DeviceMemory::of);
    }

    /** What is refused is refused before there is any memory. */
    @TestFactory
    @Override
    Stream<DynamicTest> shouldNotTrain() {
        return Stream.empty();
    }
}
