package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Code, comments, docs and messages use plain words. The words are looked for in the names of the code as well, where
 * a capital begins a word. The changelog keeps old names.
 */
class VocabularyTest {
    private static final Path PROJECT = Path.of("..");
    private static final Pattern TEXT = Pattern.compile(".*\\.(java|md|py|sh|html|css|yaml|service|1|flags)"
            + "|.*/(bin/shmarrays|\\.ci/run|Dockerfile|formulas\\.txt|(charts|page|report|rounds|top)\\.js|pom\\.xml)");
    private static final Set<String> SKIPPED = Set.of("target", ".git", "node_modules", "__pycache__");
    private static final Set<String> EXEMPT = Set.of("CHANGELOG.md", "VocabularyTest.java");

    private static final Pattern WORD = Pattern.compile(
            "\\b(heirs?|elders?|tenures?|companions?|anew|somebody|nobody|one\\s+behind)\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern NEW_WORD = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_");
    private static final Pattern COMMENT =
            Pattern.compile("/\\*.*?\\*/|//[^\\n]*(?:\\n\\s*//[^\\n]*)*", Pattern.DOTALL);
    private static final Pattern MARKS = Pattern.compile("/\\*+|\\*/|\\n\\s*(\\*(?!/)|//)|^//");
    private static final Pattern SENTENCE =
            Pattern.compile("(?:^|[.!?:;]\\s)\\s*((?:Who|So long|So many)\\b[^.?!]*+(?!\\?)|Returns if\\b)");

    @Test
    void shouldUsePlainWords() {
        final List<String> findings = new ArrayList<>();
        for (final Path file : texts()) {
            final String text = read(file);
            final Matcher word = WORD.matcher(NEW_WORD.matcher(text).replaceAll(" "));
            while (word.find()) {
                findings.add(file + ": " + word.group());
            }
            for (final String prose : prose(file, text)) {
                final Matcher sentence = SENTENCE.matcher(prose);
                while (sentence.find()) {
                    findings.add(file + ": " + sentence.group(1));
                }
            }
        }

        assertThat(findings).isEmpty();
    }

    @Test
    void shouldFindWordsAndSentences() {
        assertThat(WORD.matcher(NEW_WORD.matcher("shouldWakeTheHeirFirst").replaceAll(" "))
                        .find())
                .isTrue();
        assertThat(prose(Path.of("A.java"), "/**\n * It waits. Who\n * comes later waits.\n */"))
                .anyMatch(comment -> SENTENCE.matcher(comment).find());
        assertThat(prose(Path.of("A.java"), "int a; // So many times.\n"))
                .anyMatch(comment -> SENTENCE.matcher(comment).find());
        assertThat(prose(Path.of("a.md"), "One.\n\nReturns if it is there."))
                .anyMatch(paragraph -> SENTENCE.matcher(paragraph).find());
        assertThat(prose(Path.of("a.md"), "Who waits here?"))
                .noneMatch(paragraph -> SENTENCE.matcher(paragraph).find());
        assertThat(texts()).hasSizeGreaterThan(1000);
    }

    /** The comments of a Java file, or the paragraphs of another one. */
    private static List<String> prose(final Path file, final String text) {
        if (file.toString().endsWith(".java")) {
            return COMMENT.matcher(text)
                    .results()
                    .map(comment ->
                            MARKS.matcher(comment.group()).replaceAll(" ").strip())
                    .toList();
        }
        return List.of(text.split("\\n\\s*\\n|\\n[*|#-]\\s|\\|"));
    }

    private static List<Path> texts() {
        try (Stream<Path> files = Files.find(PROJECT, 20, (file, attributes) -> attributes.isRegularFile())) {
            return files.filter(file -> TEXT.matcher(file.toString()).matches())
                    .filter(file -> !EXEMPT.contains(file.getFileName().toString()))
                    .filter(file -> Stream.iterate(file, Path::getParent)
                            .limit(file.getNameCount())
                            .noneMatch(
                                    part -> SKIPPED.contains(part.getFileName().toString())))
                    .toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
