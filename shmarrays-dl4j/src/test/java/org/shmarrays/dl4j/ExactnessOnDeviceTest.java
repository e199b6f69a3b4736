package org.shmarrays.dl4j;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.provider.Arguments;
import org.nd4j.linalg.api.buffer.DataType;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.DeviceMemory;

/**
 * The rows of {@link ExactnessTest} that differ in what a push does, with copies, as they are used on a device, in one
 * type each.
 */
class ExactnessOnDeviceTest extends ExactnessTest {
    private static final List<String> KINDS = List.of("Combinations", "Updaters", "Constraints");

    static Stream<Arguments> rows() {
        final List<ExactnessRow> rows = ExactnessTable.rows().stream()
                .filter(row -> KINDS.contains(row.kind()))
                .toList();
        return IntStream.range(0, rows.size())
                .mapToObj(i -> Arguments.of(rows.get(i), i % 2 == 0 ? DataType.FLOAT : DataType.DOUBLE));
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
