package org.shmarrays.cli;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The program that the tests of bin/shmarrays start as a worker; its first argument says what it does. */
public final class SampleProgram {
    static final int FAILURE_EXIT_CODE = 42;

    private SampleProgram() {}

    public static void main(final String... arguments) throws InterruptedException {
        final List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "show" ->
                System.out.println("rank=" + System.getenv("SHMARRAYS_RANK") + " segment="
                        + System.getenv("SHMARRAYS_SEGMENT") + " arguments=" + rest);
            case "fail" -> {
                System.err.println("worker fails");
                System.exit(FAILURE_EXIT_CODE);
            }
            case "hang" -> {
                System.out.println("running " + ProcessHandle.current().pid());
                new CountDownLatch(1).await();
            }
            default -> throw new IllegalArgumentException("unknown: " + arguments[0]);
        }
    }
}
