package org.shmarrays.examples.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether everybody can read a page: what axe-core finds in it, light and dark, and whether it fits a wide and a narrow
 * window. With {@code -Dpictures=DIR} it keeps what it sees as PNG files.
 */
final class PageAudit {
    private static final int WIDE = 1_280;
    private static final int NARROW = 360;
    /** Elements that are cut at their right edge, or stick out of the window. */
    private static final String CUT = "[...document.querySelectorAll('html, section, table, td')]"
            + ".filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)"
            + ".map(e => e.tagName + ' ' + e.textContent.slice(0, 40))";

    private static final String SERIOUS = "axe.run({resultTypes: ['violations']}).then(result => result.violations"
            + ".filter(found => ['serious', 'critical'].includes(found.impact))"
            + ".map(found => found.id + ': ' + found.nodes[0].html + ' ' + found.nodes[0].failureSummary))";

    private PageAudit() {}

    /** Looks at a page that is drawn. */
    static void check(final BrowserPage page, final String name) throws IOException {
        page.evaluate(axe());
        look(page, name, "light", WIDE);
        look(page, name, "dark", NARROW);
        if (System.getProperty("pictures") != null) {
            look(page, name, "dark", WIDE);
            look(page, name, "light", NARROW);
        }
        page.prefers("light");
        page.resize(WIDE);
        assertThat(page.errors()).as("errors of " + name).isEmpty();
    }

    private static void look(final BrowserPage page, final String name, final String scheme, final int width)
            throws IOException {
        page.prefers(scheme);
        page.resize(width);
        final String view = name + "-" + scheme + "-" + width;
        assertThat(page.evaluate(CUT)).as("cut: " + view).isEmpty();
        assertThat(page.evaluate(SERIOUS)).as("axe: " + view).isEmpty();
        final String pictures = System.getProperty("pictures");
        if (pictures != null) {
            page.picture(Files.createDirectories(Path.of(pictures)).resolve(view + ".png"));
        }
    }

    /** The library, of a jar on the class path. */
    private static String axe() throws IOException {
        try (InputStream in = PageAudit.class.getResourceAsStream("/axe.min.js")) {
            return new String(in.readAllBytes(), UTF_8) + ";0";
        }
    }
}
