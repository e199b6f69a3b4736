package org.shmarrays.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.output.IoFailure;
import org.shmarrays.output.DurableFile;

/**
 * A page for a browser that needs no other file: sections of HTML in a common frame, data as JSON, and a script that
 * draws them by Apache ECharts. Immutable, apart from the data.
 */
public final class ChartPage {
    private final Class<?> owner;
    private final String name;
    private final String title;
    private final Map<String, Object> data;

    /**
     * A page.
     *
     * @param owner has the resources {@code NAME.html}, the sections, and {@code NAME.js} beside it
     * @param name of the page's kind
     * @param title of the page
     * @param data for the script, as {@link JsonText} writes them
     */
    public ChartPage(final Class<?> owner, final String name, final String title, final Map<String, Object> data) {
        this.owner = owner;
        this.name = name;
        this.title = title;
        this.data = data;
    }

    /** The page's text. */
    public String html() {
        return shared("page.html")
                .replace("<!--sections-->", resource(owner, name + ".html"))
                .replace("<!--title-->", escaped(title))
                .replace("/*style*/", shared("page.css"))
                .replace("/*charts*/", shared("echarts/echarts.min.js"))
                .replace("/*shared*/", shared("page.js") + shared("charts.js"))
                .replace("/*script*/", resource(owner, name + ".js"))
                .replace("/*data*/", JsonText.write(data)); // last: what users have named is no mark
    }

    /**
     * Writes the page.
     *
     * @throws UncheckedIOException if the file can't be written
     */
    public void write(final Path file) {
        try {
            DurableFile.replace(file, html());
        } catch (final IOException e) {
            throw new UncheckedIOException(
                    "the report can't be written: file=" + file + ", " + IoFailure.describe(e), e);
        }
    }

    private static String escaped(final String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** A file beside this class, which other pages have, too. */
    private static String shared(final String name) {
        return resource(ChartPage.class, name);
    }

    private static String resource(final Class<?> owner, final String name) {
        try (InputStream in = owner.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException("resource of the jar can't be read: name=" + name, e);
        }
    }
}
