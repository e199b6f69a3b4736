package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.segment.SegmentRoot;

/** The programs of README and guide are those that are tested, and their links lead somewhere. */
class PagesTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path SOURCES = Path.of("src/main/java/org/shmarrays/examples");
    private static final Path SNIPPETS = Path.of("src/test/java/org/shmarrays/examples/PageSnippetsTest.java");
    private static final String ARRAYS = "docs/guide/arrays.md";
    private static final Pattern SNIPPET =
            Pattern.compile("// page (?<page>\\S+)\\n(?<code>.*?)\\n *// end of page", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\((?<path>[^)#\\s]*)(#(?<anchor>[^)\\s]+))?\\)");
    private static final Pattern FENCED = Pattern.compile("^ *```.*?^ *```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern HEADING = Pattern.compile("^#+ +(?<text>.+)$", Pattern.MULTILINE);

    @TempDir
    private Path directory;

    @Test
    void shouldShowTheProgramsThatRun() throws IOException {
        assertThat(page(ARRAYS)).contains(code("Quickstart.java")).contains(code("LineWorker.java"));
    }

    @Test
    void shouldShowThePiecesThatRun() throws IOException {
        final Matcher snippets = SNIPPET.matcher(Files.readString(SNIPPETS));
        int count = 0;
        while (snippets.find()) {
            final String shown = snippets.group("code")
                    .lines()
                    .filter(line -> !line.contains("seen = live"))
                    .collect(Collectors.joining("\n"))
                    .stripIndent()
                    .strip();
            assertThat(page(snippets.group("page"))).contains(shown);
            count++;
        }
        assertThat(count).isGreaterThan(3);
    }

    @Test
    void shouldPrintTheLineInTheQuickstart() throws IOException {
        final PrintStream before = System.out;
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setProperty("shmarrays.directory", directory.toString());
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Quickstart.main();
        } finally {
            System.setOut(before);
            System.clearProperty("shmarrays.directory");
        }

        final String line = printed.toString(StandardCharsets.UTF_8).strip();
        assertThat(line).isEqualTo("y = 3.00 x + 2.00");
        assertThat(page(ARRAYS)).contains("`" + line + "`");
        assertThat(new SegmentRoot(directory).names()).isEmpty();
    }

    @Test
    void shouldLinkToFilesAndHeadingsThatExist() throws IOException {
        final List<String> broken = new ArrayList<>();
        for (final Path page : pages()) {
            final Matcher links = LINK.matcher(withoutCode(page));
            while (links.find()) {
                if (!leadsSomewhere(page, links.group("path"), links.group("anchor"))) {
                    broken.add(ROOT.relativize(page) + ": " + links.group());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    /** In folders that have a table of their pages. */
    @Test
    void shouldNameEachPageInTheTableOfItsFolder() throws IOException {
        final List<String> missing = new ArrayList<>();
        for (final Path page : pages()) {
            final Path table = page.resolveSibling("README.md");
            if (page.startsWith(ROOT.resolve("docs"))
                    && !page.equals(table)
                    && Files.exists(table)
                    && !Files.readString(table).contains("](" + page.getFileName())) {
                missing.add(ROOT.relativize(page).toString());
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean leadsSomewhere(final Path page, final String path, final String anchor) throws IOException {
        if (path.contains(":")) {
            return true; // another site
        }
        final Path target = path.isEmpty() ? page : page.resolveSibling(path);
        return Files.exists(target)
                && (anchor == null
                        || HEADING.matcher(withoutCode(target))
                                .results()
                                .anyMatch(heading -> anchor(heading.group(1)).equals(anchor)));
    }

    /** As GitHub makes it. */
    private static String anchor(final String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    private static String withoutCode(final Path page) throws IOException {
        return FENCED.matcher(Files.readString(page)).replaceAll("");
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    private static String page(final String path) throws IOException {
        return Files.readString(ROOT.resolve(path));
    }

    /** The program from its first import to its end, without the package and comments on the class. */
    private static String code(final String source) throws IOException {
        return Files.readAllLines(SOURCES.resolve(source)).stream()
                .filter(line -> !line.startsWith("package ") && !line.startsWith("/**"))
                .collect(Collectors.joining("\n"))
                .strip();
    }
}
