package org.shmarrays.cli;

import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.shmarrays.Settings;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.report.EventSentence;
import org.shmarrays.report.Watch;
import org.shmarrays.status.StatusSnapshot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays events}: what happened to a segment and its workers. */
@Command(
        name = "events",
        description = {
            "Show what happened to a segment and its workers, such as joins, failures, restarts, checkpoints, changed"
                    + " settings and measured values.",
            "",
            "A segment keeps its last 1,024 events. With --follow, the command waits for further events. It ends when"
                    + " the segment is removed, or when the run was asked to stop and no process has a slot."
                    + " Standard error says how many events are missing. events uses no slot and takes no lock."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the events were printed, and with --follow, the run has ended",
            "1:there is no such segment, or it was removed while workers used it; standard error says which",
            "2:wrong usage",
            "128 + n:signal n ended it"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays events mnist",
            "  shmarrays events mnist --follow",
            "  shmarrays events mnist --since 2h",
            "  shmarrays events mnist --json --since 2026-12-02T14:00"
        })
final class EventsCommand implements Callable<Integer> {
    private static final long POLL_MS = 100;
    private static final DateTimeFormatter LOCAL =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());
    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Option(
            names = {"-f", "--follow"},
            description = "Wait for further events.")
    private boolean isFollowing;

    @Option(names = "--json", description = "Print each event as a line of JSON, its time in UTC.")
    private boolean isJson;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description =
                    "Skip earlier events: an age like 90s, 30m, 12h or 7d, or a local time like" + " 2026-12-02T14:00.")
    private String since;

    private long toldLost;

    EventsCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        final long fromMs = since == null ? Long.MIN_VALUE : parseSince(since);
        final Watch watch = new Watch(SegmentNames.open(Doors.ROOT.of(Settings.fromProperties()), name, true));
        final EventReader reader = watch.eventReader();
        if (reader.earlier() > 0 && since == null) {
            tell("earlier events that are no longer kept: " + reader.earlier());
        }
        for (Event event = reader.awaitNext(); event != null; event = reader.awaitNext()) {
            print(event, fromMs);
        }
        tellLost(reader);
        return isFollowing && !StandardOutput.hasFailed() ? follow(reader, watch, fromMs) : 0;
    }

    private int follow(final EventReader reader, final Watch watch, final long fromMs) throws InterruptedException {
        while (true) {
            // First: what is written before the end is printed.
            final boolean isRemoved = watch.isRemoved();
            final StatusSnapshot now = watch.look().snapshot();
            for (Event event = reader.poll(); event != null; event = reader.poll()) {
                print(event, fromMs);
            }
            tellLost(reader);
            if (isRemoved && !now.hasEnded()) {
                throw new SegmentRemovedException(TopServer.removed(now));
            }
            if (isRemoved || StandardOutput.hasFailed() || now.run().isStopped() && isDeserted(now)) {
                return 0;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    /** Whether no process has a slot, be it a worker or one that writes the last checkpoint. */
    private static boolean isDeserted(final StatusSnapshot now) {
        return now.workers().stream().noneMatch(owner -> owner.active() && owner.state() != WorkerState.GONE);
    }

    private long parseSince(final String text) {
        if (text.matches("\\d+[a-z]")) {
            try {
                final Duration age = Amounts.parseAge(text);
                return System.currentTimeMillis() - age.toMillis();
            } catch (final IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "--since: " + e.getMessage(), e);
            }
        }
        try {
            return text.endsWith("Z")
                    ? Instant.parse(text).toEpochMilli()
                    : LocalDateTime.parse(text)
                            .atZone(ZoneId.systemDefault())
                            .toInstant()
                            .toEpochMilli();
        } catch (final DateTimeException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--since is neither an age like 90s, 30m, 12h or 7d nor a time like 2026-12-02T14:00: " + text,
                    e);
        }
    }

    private void print(final Event event, final long fromMs) {
        if (event.timeMs() < fromMs) {
            return;
        }
        final PrintWriter out = spec.commandLine().getOut();
        final Instant time = Instant.ofEpochMilli(event.timeMs());
        if (isJson) {
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("time", UTC.format(time));
            json.putAll(EventSentence.map(event));
            out.println(JsonText.write(json));
        } else {
            out.println(String.format(
                    Locale.ROOT,
                    "%s  %-18s  %s",
                    LOCAL.format(time),
                    event.kind().label(),
                    EventSentence.of(event)));
        }
        out.flush();
    }

    private void tellLost(final EventReader reader) {
        if (reader.lost() > toldLost) {
            tell("lost events, overwritten before they were read, or of writers that died: "
                    + (reader.lost() - toldLost));
            toldLost = reader.lost();
        }
    }

    private void tell(final String sentence) {
        spec.commandLine().getErr().println(sentence + ", segment=" + name);
        spec.commandLine().getErr().flush();
    }
}
