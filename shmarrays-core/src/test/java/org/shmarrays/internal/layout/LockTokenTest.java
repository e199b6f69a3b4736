package org.shmarrays.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LockTokenTest {
    @Test
    void shouldGiveSlotAndGenerationBack() {
        final long[] generations = {0, 1, 2, 65_535, 65_536, 1L << 40, (1L << 47) - 1};
        for (int slotId = 0; slotId < SegmentLayout.MAX_SLOT_COUNT; slotId++) {
            for (final long generation : generations) {
                final long token = LockToken.of(slotId, generation);
                assertThat(token).as("0 stands for free").isNotZero();
                assertThat(LockToken.slotId(token)).isEqualTo(slotId);
                assertThat(LockToken.generation(token)).isEqualTo(generation);
            }
        }
    }

    @Test
    void shouldDifferBySlotAndGeneration() {
        assertThat(LockToken.of(1, 1)).isNotEqualTo(LockToken.of(0, 1)).isNotEqualTo(LockToken.of(1, 2));
        assertThat(LockToken.of(0, 1)).isEqualTo(0x1_0001);
    }
}
