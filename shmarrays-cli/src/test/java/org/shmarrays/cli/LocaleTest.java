package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormatSymbols;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.launch.Launcher;
import org.shmarrays.layout.Names;

/** What is printed, and what is a name, is the same in every locale. */
class LocaleTest {
    private static final List<List<String>> COMMANDS = List.of(
            List.of("ls", "--no-rate"),
            List.of("ls", "--no-rate", "--json"),
            List.of("clean", "--dry-run", "--older-than", "10000d"),
            List.of("inspect", "s"),
            List.of("inspect", "--json", "s"),
            List.of("set", "s"));

    private final Locale before = Locale.getDefault();

    @TempDir
    private Path directory;

    @BeforeEach
    void create() throws Exception {
        System.setProperty("shmarrays.directory", directory.toString());
        final float[] values = new float[12_345];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 7f;
        }
        ShmArrays.create("s", Map.of("w", values, "title", new float[] {1}), Settings.fromProperties())
                .close();
        Files.write(directory.resolve("INFO"), new byte[2_345_678]);
    }

    @AfterEach
    void restore() {
        Locale.setDefault(before);
        System.clearProperty("shmarrays.directory");
    }

    /** One locale of each set of digits, of separators, and of rules for capitals: there are over 700 locales. */
    private static Iterable<Locale> kindsOfLocales() {
        final Map<String, Locale> kinds = new LinkedHashMap<>();
        for (final Locale locale : Locale.getAvailableLocales()) {
            final DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(locale);
            kinds.putIfAbsent(
                    "" + symbols.getZeroDigit() + symbols.getDecimalSeparator() + symbols.getGroupingSeparator()
                            + symbols.getMinusSign() + symbols.getNaN() + "title INFO".toUpperCase(locale)
                            + "title INFO".toLowerCase(locale),
                    locale);
        }
        kinds.put("Thai digits", Locale.forLanguageTag("th-TH-u-nu-thai"));
        return kinds.values();
    }

    @Test
    void shouldPrintTheSameInEveryLocale() {
        Locale.setDefault(Locale.ROOT);
        final List<String> expected = output();
        for (final Locale locale : kindsOfLocales()) {
            Locale.setDefault(locale);
            assertThat(output()).as(locale.toLanguageTag()).isEqualTo(expected);
        }
    }

    /** Ages are of this second. */
    private static List<String> output() {
        return COMMANDS.stream()
                .map(command -> CommandRun.of(command.toArray(String[]::new))
                        .out()
                        .replaceAll(" +[0-9]+ (s|min)\\b", " AGE")
                        .replaceAll("\"ageSeconds\": [0-9]+", "AGE"))
                .toList();
    }

    @Test
    void shouldNameSegmentsInEveryLocale() {
        for (final Locale locale : Locale.getAvailableLocales()) {
            Locale.setDefault(locale);
            final String name = Launcher.ofMainClass("Main").segmentName();
            assertThat(Names.checkSegmentName(name)).as(locale.toLanguageTag()).isEqualTo(name);
        }
    }
}
