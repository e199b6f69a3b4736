package org.shmarrays.internal.kernel;

import org.shmarrays.internal.segment.Segment;

/** What a kernel takes for the files of a segment's regions, made at the first use. For one thread. */
final class KernelMemory {
    private final Segment segment;
    private final Kernel<?> kernel;
    private final Object[][] regions;

    KernelMemory(final Segment segment, final Kernel<?> kernel) {
        this.segment = segment;
        this.kernel = kernel;
        this.regions = new Object[segment.layout().regions().size()][];
    }

    /** Of the values, then of the state arrays. */
    Object[] of(final int region) {
        if (regions[region] == null) {
            final Object[] files =
                    new Object[1 + segment.layout().regions().get(region).stateCount()];
            for (int file = 0; file < files.length; file++) {
                files[file] = kernel.memory(segment.file(region, file).bytes());
            }
            regions[region] = files;
        }
        return regions[region];
    }
}
