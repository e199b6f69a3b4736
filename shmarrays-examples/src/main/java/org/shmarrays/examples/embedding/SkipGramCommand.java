package org.shmarrays.examples.embedding;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.examples.OptionChecks.checkWritable;
import static org.shmarrays.examples.OptionChecks.checked;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.examples.CheckpointOptions;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.examples.TrainingBeginning;
import org.shmarrays.layout.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/shmarrays examples skip-gram}: trains {@link SkipGram} by worker processes. */
@Command(
        name = "examples skip-gram",
        description = "Train word vectors of a bundled text, by their rows without locks.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:trained",
            "1:failed; standard error says why",
            "2:wrong usage",
            "130:ended in order after Ctrl-C (143: after SIGTERM)"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays examples skip-gram --workers 2",
            "  shmarrays examples skip-gram --save vectors.txt",
            "  shmarrays examples skip-gram --name sg --epochs 100 --checkpoint-every 1m --checkpoint-dir saved",
            "  shmarrays examples skip-gram --resume latest --checkpoint-dir saved --workers 3"
        })
public final class SkipGramCommand implements Callable<Integer> {
    private static final int MOST_EPOCHS = 1_000_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--workers", paramLabel = "N", description = "Number of worker processes.")
    private int workers = 2;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the verses of the text.")
    private int epochs = 10;

    @Option(
            names = "--name",
            paramLabel = "SEGMENT",
            description = "Name of the segment (default: skip-gram- and the process id). It is removed at the end.")
    private String segmentName;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description = "Write the vectors to this file, in the text format of word2vec.")
    private Path save;

    @Mixin
    private CheckpointOptions checkpoints = new CheckpointOptions();

    @Mixin
    private LogOptions log = new LogOptions();

    /** Trains; returns the exit code. */
    @Override
    public Integer call() throws Exception {
        final TrainingBeginning beginning = checked(spec, "", () -> checkpoints.beginning(segmentName, "skip-gram"));
        if (beginning.checkpoint() != null) {
            final int saved = checked(spec, "--resume: ", () -> SkipGram.epochs(beginning.checkpoint()));
            epochs = spec.commandLine().getParseResult().hasMatchedOption("--epochs") ? epochs : saved;
        }
        checkCount(spec, "--workers", workers, Settings.MAX_SLOTS - 1);
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        checkWritable(spec, "--save", save);
        checked(spec, "--name must be the name of a segment: ", () -> Names.checkSegmentName(beginning.name()));
        check(spec, () -> beginning.saving().check(beginning.name(), beginning.checkpoint()));
        beginning.clear(Settings.fromProperties());
        return new SkipGram(workers, epochs, save, spec.commandLine().getOut()).train(beginning, log);
    }
}
