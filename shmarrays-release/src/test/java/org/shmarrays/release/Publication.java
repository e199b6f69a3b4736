package org.shmarrays.release;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * What Maven Central requires of the files that a build publishes, compared with those of a checkout that is built. The
 * requirements are those of the Central Publisher Portal: elements of each pom, sources and javadoc of each jar, and
 * signatures. The plugin that publishes adds the checksums.
 */
final class Publication {
    private static final String INTERNAL = "/internal/";
    private static final String SNAPSHOT = "-SNAPSHOT";
    private static final List<String> ELEMENTS = List.of(
            "url",
            "licenses/license/name",
            "licenses/license/url",
            "developers/developer/name",
            "scm/connection",
            "scm/developerConnection",
            "scm/url");

    /** RFC 2606: such an address is a placeholder. */
    private static final Pattern RESERVED =
            Pattern.compile("(?i)(.*\\.)?(example|invalid|localhost|test)(\\.(com|net|org))?");

    private final Path root;
    private final Pom parent;
    private final Pom bom;
    private final List<Pom> published = new ArrayList<>();
    private final Set<String> unpublished = new TreeSet<>();
    private final boolean isRelease;

    Publication(final Path root) throws IOException {
        this.root = root;
        parent = Pom.read(root.resolve("pom.xml"));
        bom = Pom.read(root.resolve("shmarrays-bom/pom.xml"));
        isRelease = !parent.version().endsWith(SNAPSHOT);
        published.add(parent);
        for (final String module : parent.modules()) {
            final Pom pom = Pom.read(root.resolve(module).resolve("pom.xml"));
            if (pom.text("properties/maven.deploy.skip").equals(Optional.of("true"))) {
                unpublished.add(module);
            } else {
                published.add(pom);
            }
        }
    }

    /** The modules that are not published. */
    Set<String> unpublished() {
        return unpublished;
    }

    /** What is missing or wrong, one sentence each. Signatures are checked if {@code isSigned}. */
    List<String> faults(final boolean isSigned) throws IOException {
        final List<String> faults = new ArrayList<>();
        compareWithBom(faults);
        for (final Pom pom : published) {
            checkElements(pom, faults);
            if (isRelease) {
                checkRelease(pom, faults);
            }
            if (pom.text("packaging").isEmpty()) {
                checkJars(pom, faults);
            }
            if (isSigned) {
                checkSignatures(pom, faults);
            }
        }
        return faults;
    }

    private void compareWithBom(final List<String> faults) {
        final Set<String> managed = new TreeSet<>(bom.texts("dependencyManagement/dependencies/dependency/artifactId"));
        final Set<String> jars = new TreeSet<>();
        published.stream().filter(pom -> pom.text("packaging").isEmpty()).forEach(pom -> jars.add(pom.artifactId()));
        if (!managed.equals(jars)) {
            faults.add("shmarrays-bom must name the published jars: bom=" + managed + ", published=" + jars);
        }
        for (final String property : bom.names("properties")) {
            if (!bom.text("properties/" + property).equals(parent.text("properties/" + property))) {
                faults.add("shmarrays-bom has another " + property + " than the parent pom");
            }
        }
        if (!bom.version().equals(parent.version())) {
            faults.add("shmarrays-bom has another version: bom=" + bom.version() + ", parent=" + parent.version());
        }
    }

    private void checkElements(final Pom pom, final List<String> faults) {
        for (final String own : List.of("name", "description")) {
            if (pom.text(own).isEmpty()) {
                faults.add(pom + " has no " + own);
            }
        }
        for (final String element : ELEMENTS) {
            if (inherited(pom, element).isEmpty()) {
                faults.add(pom + " has no " + element + ", and inherits none");
            }
        }
    }

    private Optional<String> inherited(final Pom pom, final String element) {
        final Optional<String> own = pom.text(element);
        return own.isPresent() || pom.text("parent/artifactId").isEmpty() ? own : parent.text(element);
    }

    private void checkRelease(final Pom pom, final List<String> faults) {
        pom.allTexts()
                .filter(text -> text.endsWith(SNAPSHOT))
                .forEach(text -> faults.add(pom + " is a release, and names a snapshot: " + text));
        inherited(pom, "url")
                .map(URI::create)
                .map(URI::getHost)
                .filter(RESERVED.asMatchPredicate())
                .ifPresent(host ->
                        faults.add(pom + " has the placeholder " + host + " as its address; write the project's own"));
    }

    private void checkJars(final Pom pom, final List<String> faults) throws IOException {
        checkJar(pom, "", ".class", faults);
        checkJar(pom, "-sources", ".java", faults);
        checkJar(pom, "-javadoc", "index.html", faults);
    }

    private void checkJar(final Pom pom, final String classifier, final String suffix, final List<String> faults)
            throws IOException {
        final Path jar = target(pom).resolve(pom.artifactId() + "-" + parent.version() + classifier + ".jar");
        if (!Files.exists(jar)) {
            faults.add(root.relativize(jar) + " is missing; build all modules with mvn -Prelease verify");
            return;
        }
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            if (zip.stream().noneMatch(entry -> entry.getName().endsWith(suffix))) {
                faults.add(root.relativize(jar) + " has no file that ends with " + suffix);
            }
            if (classifier.equals("-javadoc")
                    && zip.stream().anyMatch(entry -> entry.getName().contains(INTERNAL))) {
                faults.add(root.relativize(jar) + " lists internal packages");
            }
        }
    }

    private void checkSignatures(final Pom pom, final List<String> faults) throws IOException {
        final List<Path> files =
                new ArrayList<>(List.of(target(pom).resolve(pom.artifactId() + "-" + parent.version() + ".pom")));
        if (pom.text("packaging").isEmpty()) {
            try (Stream<Path> jars = Files.list(target(pom))) {
                jars.filter(file -> file.toString().endsWith(".jar")).forEach(files::add);
            }
        }
        for (final Path file : files) {
            final Path signature = file.resolveSibling(file.getFileName() + ".asc");
            if (!Files.exists(signature)) {
                faults.add(root.relativize(signature) + " is missing");
            } else if (!isValid(signature, file)) {
                faults.add(root.relativize(signature) + " is no valid signature; run gpg --verify on it");
            }
        }
    }

    private static boolean isValid(final Path signature, final Path file) throws IOException {
        final Process gpg = new ProcessBuilder("gpg", "--batch", "--verify", signature.toString(), file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return gpg.onExit().join().exitValue() == 0;
    }

    private static Path target(final Pom pom) {
        return pom.file().resolveSibling("target");
    }
}
