package org.shmarrays.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.ArrayImport;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArraySpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays import}: takes values of other programs. */
@Command(
        name = "import",
        description = {
            "Copy the arrays of an .npz, .npy or .safetensors file, such as numpy and PyTorch write, into a segment."
                    + " Workers may keep training in the meantime: the arrays are assigned in one push, under their"
                    + " locks.",
            "",
            "Each array of the file goes into the segment's array or alias of the same name, which must have the same"
                    + " shape. The array in a file W.npy has the name W. Values are stored exactly: another byte order"
                    + " or order of dimensions is converted, and another type if no value changes; otherwise nothing"
                    + " is imported. Optimizer state and step counts stay as they are. bfloat16 is BF16 in"
                    + " .safetensors, and its raw bits (uint16) in .npz and .npy, as `shmarrays export` writes it.",
            "",
            "An export of a training may have arrays that are not parameters, such as the table of batches of"
                    + " `shmarrays mnist`. Import the parameters of a training under way with --map."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:imported", "1:not imported; standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays import mnist values.npz",
            "  shmarrays import mnist model.safetensors --map fc1.weight=dense1/W"
        })
final class ImportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Parameters(index = "1", paramLabel = "FILE", description = "The file; its content says which format it has.")
    private Path file;

    @Option(
            names = "--map",
            paramLabel = "FILE_NAME=ARRAY",
            description = "Import this array of the file into that array or alias of the segment. With --map, which"
                    + " can be repeated, only the named arrays are imported.")
    private List<String> mappings = List.of();

    @Option(names = "--allow-non-finite", description = "Import NaN and infinity, which are refused otherwise.")
    private boolean allowsNonFinite;

    ImportCommand() {}

    @Override
    public Integer call() {
        final Settings settings = Settings.fromProperties().withAttachTimeout(Duration.ZERO);
        final ArrayImport all = ArrayImport.of(file).withNames(fileNames());
        SegmentNames.check(Doors.ROOT.of(settings), name);
        try (ShmArrays arrays = ShmArrays.attach(name, settings)) {
            final Set<String> imported = (allowsNonFinite ? all.withNonFinite() : all).into(arrays);
            final List<String> others = arrays.specs().stream()
                    .filter(array -> !isImported(array, imported))
                    .map(ArraySpec::name)
                    .toList();
            final PrintWriter out = spec.commandLine().getOut();
            out.println(name + ": imported " + Printable.list(imported)
                    + (others.isEmpty() ? "" : ", unchanged " + Printable.list(others)));
            out.flush();
        }
        return 0;
    }

    /** The name in the file by the name in the segment. */
    private Map<String, String> fileNames() {
        final Map<String, String> names = new LinkedHashMap<>();
        for (final String mapping : mappings) {
            final int equals = mapping.indexOf('=');
            if (equals <= 0 || equals == mapping.length() - 1) {
                throw new ParameterException(
                        spec.commandLine(), "--map must be FILE_NAME=ARRAY: " + Printable.text(mapping));
            }
            final String array = mapping.substring(equals + 1);
            if (names.put(array, mapping.substring(0, equals)) != null) {
                throw new ParameterException(
                        spec.commandLine(), "--map names an array twice: " + Printable.text(array));
            }
        }
        return names;
    }

    private static boolean isImported(final ArraySpec array, final Set<String> imported) {
        return imported.contains(array.name())
                || array.aliases().stream().map(AliasSpec::name).anyMatch(imported::contains);
    }
}
