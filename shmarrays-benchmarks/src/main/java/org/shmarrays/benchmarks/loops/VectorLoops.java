package org.shmarrays.benchmarks.loops;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The loops of the Vector API. They are compiled when a run begins, by the JDK that runs: the incubator's methods differ from
 * one to the next, and a build serves them all.
 */
public final class VectorLoops {
    /** Without this option a JVM does not know the Vector API. On 17 the loops also need the export that {@code JvmFlags} gives. */
    public static final String JVM_OPTION = "--add-modules=jdk.incubator.vector";

    private static final String DENSE = "VectorFloatLoops";
    private static final String SPARSE = "VectorSparseLoops";
    private static final String SEGMENT = "java.lang.foreign.MemorySegment";
    private static final int FIRST_WITH_SEGMENTS = 22;

    private VectorLoops() {}

    /**
     * Compiles the loops.
     *
     * @param directory where the classes go: it belongs into the workers' class path
     * @return why it can't be done, or null
     */
    public static String compile(final Path directory) throws IOException {
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            return "this Java has no compiler";
        }
        Files.createDirectories(directory);
        final Path floats = directory.resolve("VectorFloatLoops.java");
        final Path doubles = directory.resolve("VectorDoubleLoops.java");
        final Path sparse = directory.resolve("VectorSparseLoops.java");
        final String dense = source(DENSE, Runtime.version().feature());
        Files.writeString(floats, dense);
        Files.writeString(doubles, dense.replace("Float", "Double").replace("float", "double"));
        Files.writeString(sparse, source(SPARSE, Runtime.version().feature()));
        final StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final List<String> options = List.of(
                    "--add-modules",
                    "jdk.incubator.vector",
                    "--add-exports",
                    "java.base/jdk.internal.vm.vector=ALL-UNNAMED", // where 17's loads and stores by address are
                    "-proc:none",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-d",
                    directory.toString());
            final boolean compiled = compiler.getTask(
                            messages, files, null, options, null, files.getJavaFileObjects(floats, doubles, sparse))
                    .call();
            return compiled ? null : "javac: " + messages;
        }
    }

    static String source(final int featureVersion) throws IOException {
        return source(DENSE, featureVersion);
    }

    private static String source(final String name, final int featureVersion) throws IOException {
        final boolean hasSegments = featureVersion >= FIRST_WITH_SEGMENTS;
        return text(name)
                .replace(
                        "ACCESS",
                        text(hasSegments ? "SegmentAccess" : "AddressAccess").strip())
                .replace("AS_MEMORY", hasSegments ? SEGMENT + ".ofBuffer" : "org.agrona.BufferUtil.address")
                .replace("MEMORY", hasSegments ? SEGMENT : "long");
    }

    private static String text(final String name) throws IOException {
        try (InputStream in = VectorLoops.class.getResourceAsStream(name + ".java.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Makes the loops over floats or doubles, in a JVM that was started with the classes and the option. */
    public static DenseLoops of(final ByteBuffer[] memory, final Object gradient) {
        final String type = gradient instanceof float[] ? "Float" : "Double";
        return make(DenseLoops.class, "Vector" + type + "Loops", Object.class, memory, gradient);
    }

    /** Makes the loops over rows of float32, in such a JVM. */
    public static SparseLoops ofRows(final ByteBuffer[] memory, final int rowLength) {
        return make(SparseLoops.class, SPARSE, int.class, memory, rowLength);
    }

    private static <T> T make(
            final Class<T> kind,
            final String name,
            final Class<?> parameter,
            final ByteBuffer[] memory,
            final Object argument) {
        try {
            return Class.forName(VectorLoops.class.getPackageName() + "." + name)
                    .asSubclass(kind)
                    .getConstructor(ByteBuffer[].class, parameter)
                    .newInstance(memory, argument);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("the loops of the Vector API are not in the class path", e);
        }
    }
}
