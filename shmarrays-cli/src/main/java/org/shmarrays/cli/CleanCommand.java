package org.shmarrays.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.internal.worker.DeadSegments.Condition;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.DeadSegments.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shmarrays clean}: removes what is dead. */
@Command(
        name = "clean",
        description = {
            "Remove dead segments. Never removes a live one.",
            "",
            "A segment is dead if no process that holds one of its slots is alive, the `shmarrays run` that supervises"
                    + " it is gone, and its creator died without closing it. clean also removes the"
                    + " unfinished files of a killed creator or a killed `shmarrays rm`.",
            "",
            "A segment that its creator closed is kept, because you may want its values. --all-dead or `shmarrays rm"
                    + " NAME` removes it.",
            "",
            "Read-only handles have no slot and are not seen. A program that reads a removed segment through one gets"
                    + " an exception at its next call."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all dead segments were removed, or there were none",
            "1:a dead segment could not be removed, or the directory can't be read",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays clean --dry-run", "  shmarrays clean", "  shmarrays clean --all-dead --older-than 7d"})
final class CleanCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--dry-run", description = "Only print what would be removed.")
    private boolean isDryRun;

    @Option(
            names = "--all-dead",
            description = "Also remove unused segments that were closed normally or have outlived a restart of the"
                    + " machine, and segments of processes in another pid namespace, which can't be seen, if their"
                    + " lock files are free.")
    private boolean isAll;

    @Option(
            names = "--older-than",
            paramLabel = "AGE",
            description = "Only remove what has given no sign of life for this long: 90s, 30m, 12h, 7d.")
    private String age;

    @Option(names = "--json", description = "Print the table as a JSON array of objects.")
    private boolean asJson;

    CleanCommand() {}

    private record Line(Entry entry, String done, String why) {}

    @Override
    public Integer call() {
        final Duration least = leastAge();
        final DeadSegments segments = new DeadSegments(Doors.ROOT.of(Settings.fromProperties()));
        final List<Line> lines = new ArrayList<>();
        boolean failed = false;
        for (final Entry entry : segments.find()) {
            if (!isCandidate(entry, least)) {
                lines.add(new Line(entry, "kept", whyNot(entry, least)));
            } else if (isDryRun) {
                lines.add(new Line(entry, "would remove", entry.reason()));
            } else {
                try {
                    final Outcome outcome = segments.remove(entry, isAll);
                    lines.add(new Line(
                            outcome.entry(),
                            outcome.removed() ? "removed" : "kept",
                            outcome.entry().reason()));
                } catch (final InvalidSegmentException | UncheckedIOException e) {
                    failed = true;
                    lines.add(new Line(entry, "failed", e.getMessage()));
                }
            }
        }
        print(lines);
        return failed ? spec.exitCodeOnExecutionException() : 0;
    }

    private Duration leastAge() {
        try {
            return age == null ? Duration.ZERO : Amounts.parseAge(age);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private boolean isCandidate(final Entry entry, final Duration least) {
        return entry.condition().isRemovedBy(isAll)
                && Amounts.since(entry.lastSignMs()).compareTo(least) >= 0;
    }

    private String whyNot(final Entry entry, final Duration least) {
        if (entry.condition().isRemovedBy(isAll)) {
            return "younger than " + age + ": the last sign of life is "
                    + Amounts.age(Amounts.since(entry.lastSignMs())) + " old";
        }
        final String how = switch (entry.condition()) {
            case KEPT, UNSEEN -> "; --all-dead removes it";
            case INVALID -> "; `shmarrays rm " + entry.name() + "` removes it";
            default -> "";
        };
        return entry.reason() + how;
    }

    private void print(final List<Line> lines) {
        final PrintWriter out = spec.commandLine().getOut();
        if (asJson) {
            out.println(
                    JsonText.writeLines(lines.stream().map(CleanCommand::json).toList()));
        } else {
            final List<Line> unused = lines.stream()
                    .filter(line -> line.entry.condition() != Condition.IN_USE)
                    .toList();
            final String format = "%-12s  "
                    + NameColumn.format(
                            unused.stream().map(line -> line.entry.file()).toList()) + " %10s  %s%n";
            unused.forEach(line -> out.printf(
                    Locale.ROOT,
                    format,
                    line.done,
                    Printable.text(line.entry.file()),
                    Amounts.bytes(line.entry.sizeBytes()),
                    Printable.text(line.why)));
            final String verb = isDryRun ? "would remove" : "removed";
            final List<Line> gone =
                    lines.stream().filter(line -> line.done.equals(verb)).toList();
            out.printf(
                    Locale.ROOT,
                    "%s %d of %d, %s%s%n",
                    verb,
                    gone.size(),
                    lines.size(),
                    Amounts.bytes(gone.stream()
                            .mapToLong(line -> line.entry.sizeBytes())
                            .sum()),
                    isDryRun ? "" : " freed");
        }
        out.flush();
    }

    private static Map<String, Object> json(final Line line) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", line.entry.name());
        json.put("file", line.entry.file());
        json.put("done", line.done);
        json.put("condition", line.entry.condition().name().toLowerCase(Locale.ROOT));
        json.put("why", line.why);
        json.put("sizeBytes", line.entry.sizeBytes());
        json.put("lastSignMs", line.entry.lastSignMs());
        return json;
    }
}
