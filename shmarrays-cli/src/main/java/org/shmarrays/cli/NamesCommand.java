package org.shmarrays.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays names}: what completion offers; hidden, because {@code ls} and {@code inspect} say more. */
@Command(
        name = "names",
        hidden = true,
        description = "Print the names of the segments or, of one segment, those of its arrays and aliases.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "1:there is no such segment", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays names", "  shmarrays names mnist"})
final class NamesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "The segment.")
    private String name;

    NamesCommand() {}

    @Override
    public Integer call() {
        final SegmentRoot root = Doors.ROOT.of(Settings.fromProperties());
        final PrintWriter out = spec.commandLine().getOut();
        if (name == null) {
            root.names().forEach(out::println);
        } else {
            SegmentNames.check(root, name);
            final Segment segment = SegmentOpener.open(root, name, true);
            segment.layout().arrays().forEach(array -> {
                out.println(array.spec().name());
                array.spec().aliases().forEach(alias -> out.println(alias.name()));
            });
        }
        out.flush();
        return 0;
    }
}
