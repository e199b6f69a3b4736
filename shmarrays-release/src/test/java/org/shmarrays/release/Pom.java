package org.shmarrays.release;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** A pom file as it is written: nothing is inherited, and no property is replaced. */
record Pom(Path file, Element project) {
    static Pom read(final Path file) throws IOException {
        try {
            return new Pom(
                    file,
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(file.toFile())
                            .getDocumentElement());
        } catch (final ParserConfigurationException | SAXException e) {
            throw new IOException("not a pom: " + file, e);
        }
    }

    String artifactId() {
        return text("artifactId").orElseThrow();
    }

    String version() {
        return text("version").or(() -> text("parent/version")).orElseThrow();
    }

    /** Of the build, and of its profile {@code release}. */
    List<String> modules() {
        return Stream.concat(texts("modules/module").stream(), texts("profiles/profile/modules/module").stream())
                .toList();
    }

    /** The first text at a path of element names below the project. */
    Optional<String> text(final String path) {
        return texts(path).stream().findFirst();
    }

    /** All texts at such a path; empty ones don't count. */
    List<String> texts(final String path) {
        return elements(path).stream()
                .map(element -> element.getTextContent().strip())
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** The names of the elements in those at such a path. */
    List<String> names(final String path) {
        return elements(path).stream()
                .flatMap(Pom::children)
                .map(Element::getTagName)
                .toList();
    }

    private List<Element> elements(final String path) {
        List<Element> found = List.of(project);
        for (final String name : path.split("/")) {
            found = found.stream()
                    .flatMap(Pom::children)
                    .filter(child -> child.getTagName().equals(name))
                    .toList();
        }
        return found;
    }

    /** The texts of all elements that have no others in them. */
    Stream<String> allTexts() {
        return leaves(project).map(leaf -> leaf.getTextContent().strip());
    }

    private static Stream<Element> leaves(final Element element) {
        return children(element).findAny().isEmpty()
                ? Stream.of(element)
                : children(element).flatMap(Pom::leaves);
    }

    private static Stream<Element> children(final Element element) {
        final List<Element> children = new ArrayList<>();
        for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element child) {
                children.add(child);
            }
        }
        return children.stream();
    }

    @Override
    public String toString() {
        return artifactId() + "/pom.xml";
    }
}
