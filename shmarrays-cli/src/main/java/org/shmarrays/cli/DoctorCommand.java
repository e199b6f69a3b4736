package org.shmarrays.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.cli.doctor.CheckedHost;
import org.shmarrays.cli.doctor.Finding;
import org.shmarrays.cli.doctor.Finding.Severity;
import org.shmarrays.cli.doctor.JavaChecks;
import org.shmarrays.cli.doctor.MemoryChecks;
import org.shmarrays.cli.doctor.SegmentChecks;
import org.shmarrays.cli.doctor.WorkerChecks;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.segment.ProcessTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code shmarrays doctor}: what is wrong with the machine, the segments and their workers. */
@Command(
        name = "doctor",
        description = {
            "Check this JVM, the segment directory, its memory, the segments and their workers, and say what to do.",
            "",
            "doctor changes nothing. For an unfinished segment it takes the creation lock of that name for a moment."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no problems",
            "1:the checks could not run",
            "2:wrong usage",
            "3:there are warnings",
            "4:there are errors"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays doctor",
            "  shmarrays doctor --quiet || echo 'problems found'",
            "  shmarrays doctor --json"
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int WARNINGS = 3;
    private static final int ERRORS = 4;

    @Spec
    private CommandSpec spec;

    @Option(names = "--quiet", description = "Print only warnings and errors.")
    private boolean isQuiet;

    @Option(names = "--json", description = "Print the findings as a JSON array of objects.")
    private boolean asJson;

    DoctorCommand() {}

    @Override
    public Integer call() {
        final Settings settings = Settings.fromProperties();
        final CheckedHost host = CheckedHost.here();
        final List<Finding> findings = new ArrayList<>(JavaChecks.run());
        final boolean works = findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
        findings.addAll(Finding.of(
                "memory", new MemoryChecks(host, Doors.ROOT.of(settings).directory())::run));
        findings.add(WorkerChecks.processes(ProcessTable.HERE.isTrusted()));
        if (works) {
            final SegmentChecks segments = new SegmentChecks(settings);
            findings.addAll(Finding.of("segments", segments::run));
            findings.addAll(Finding.of("workers", new WorkerChecks(host, segments.workers())::run));
        }
        print(findings);
        return exitCode(findings);
    }

    static int exitCode(final List<Finding> findings) {
        if (findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR)) {
            return ERRORS;
        }
        return findings.stream().anyMatch(finding -> finding.severity() == Severity.WARN) ? WARNINGS : 0;
    }

    private void print(final List<Finding> findings) {
        final List<Finding> shown = findings.stream()
                .filter(finding -> !isQuiet || finding.severity() != Severity.OK)
                .toList();
        final PrintWriter out = spec.commandLine().getOut();
        if (asJson) {
            out.println(
                    JsonText.writeLines(shown.stream().map(DoctorCommand::json).toList()));
        } else {
            for (final Finding finding : shown) {
                out.printf(
                        Locale.ROOT,
                        "%-6s%-20s%s%n",
                        finding.severity(),
                        finding.check(),
                        Printable.text(finding.found()));
                if (!finding.advice().isEmpty()) {
                    out.printf(Locale.ROOT, "%26s-> %s%n", "", Printable.text(finding.advice()));
                }
            }
            if (!isQuiet) {
                out.printf(
                        Locale.ROOT,
                        "%d errors, %d warnings%n",
                        count(findings, Severity.ERROR),
                        count(findings, Severity.WARN));
            }
        }
        out.flush();
    }

    private static long count(final List<Finding> findings, final Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .count();
    }

    private static Map<String, Object> json(final Finding finding) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
        json.put("check", finding.check());
        json.put("found", finding.found());
        json.put("advice", finding.advice().isEmpty() ? null : finding.advice());
        return json;
    }
}
