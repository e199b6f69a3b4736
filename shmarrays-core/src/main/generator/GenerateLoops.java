import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

// Over 300 lines: one program in one file, which the build runs from its source.
/**
 * Writes the sources that differ from others in their element type alone, and the loops of {@code formulas.txt}. The
 * build runs it: {@code java GenerateLoops.java MAIN OUT}, where MAIN holds {@code java}, {@code java-vector} and
 * {@code generator}, and OUT gets {@code java} and {@code java-vector}.
 */
public final class GenerateLoops {
    private static final String PACKAGE = "org/shmarrays/internal/kernel/";
    private static final String HEAD = "package org.shmarrays.internal.kernel;\n\n";

    private GenerateLoops() {}

    public static void main(final String... args) throws IOException {
        final Path main = Path.of(args[0]);
        final Path out = Path.of(args[1]);
        for (final String source :
                List.of("java/#Access", "java/#RowLoops", "java-vector/#Kernel", "java-vector/#Vectors")) {
            writeTwin(main, out, source, Twin.DOUBLE);
        }
        for (final String source : List.of("java/#Access", "java/#RowLoops")) {
            writeTwin(main, out, source, Twin.LONG);
        }
        final List<Formula> formulas = Formula.parse(Files.readAllLines(main.resolve("generator/formulas.txt")));
        final List<Formula> updates =
                formulas.stream().filter(Formula::isPushed).toList();
        final List<Formula> optimizers =
                formulas.stream().filter(formula -> !formula.isPushed()).toList();
        write(out, "java/" + PACKAGE + "Formula.java", Enums.updates(updates));
        write(out, "java/" + PACKAGE + "OptimizerFormula.java", Enums.optimizers(optimizers));
        for (final Type type : Type.values()) {
            write(out, "java/" + PACKAGE + type.word + "Loops.java", new HeapLoops(type).source(updates));
            final VectorLoops vectors = new VectorLoops(type);
            write(out, "java-vector/" + PACKAGE + type.word + "FormulaLoops.java", vectors.updates(updates));
            write(out, "java-vector/" + PACKAGE + type.word + "OptimizerLoops.java", vectors.optimizers(optimizers));
        }
    }

    private static void writeTwin(final Path main, final Path out, final String source, final Twin twin)
            throws IOException {
        final String[] names = source.split("/");
        final String name = names[0] + "/" + PACKAGE + names[1];
        final String original = Files.readString(main.resolve(name.replace("#", twin.from) + ".java"));
        write(out, name.replace("#", twin.to) + ".java", twin.of(original));
    }

    /** Leaves a file alone that is the same, so that the compiler need not run again. */
    private static void write(final Path out, final String name, final String text) throws IOException {
        final Path file = out.resolve(name);
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
    }

    /** An element type of the loops, with its word in names of classes. */
    private enum Type {
        FLOAT32("Float", "float", "(float) "),
        FLOAT64("Double", "double", "");

        private final String word;
        private final String java;

        /** Narrows a double to it. */
        private final String cast;

        Type(final String word, final String java, final String cast) {
            this.word = word;
            this.java = java;
            this.cast = cast;
        }
    }

    /** A type whose sources are those of another one, with the type's words replaced. */
    private enum Twin {
        DOUBLE(
                "Float",
                "Double",
                List.of(
                        List.of("\\(float\\) ", ""),
                        List.of("\\bfloat\\b", "double"),
                        List.of("\\bfloats\\(", "doubles("),
                        List.of("floatToRawIntBits", "doubleToRawLongBits"),
                        List.of("intBitsToFloat", "longBitsToDouble"),
                        List.of("compareAndSetInt", "compareAndSetLong"),
                        List.of("getIntVolatile", "getLongVolatile"),
                        List.of("Float", "Double"),
                        List.of("\"f4", "\"f8"),
                        List.of("(?<=FLOAT|float|\"F)32", "64"))),
        /** An index is an int in both, so that only arrays of elements change, and no array of rows. */
        LONG(
                "Int",
                "Long",
                List.of(
                        List.of("\\bint\\[\\](?! rows\\b)", "long[]"),
                        List.of("\\bnew int\\[", "new long["),
                        List.of("\\bints\\(", "longs("),
                        List.of("compareAndSetInt", "compareAndSetLong"),
                        List.of("getIntVolatile", "getLongVolatile"),
                        List.of("Integer\\b", "Long"),
                        List.of("\\b(as)?Int(Access|RowLoops|Buffer)", "$1Long$2"),
                        List.of("\"i4", "\"i8"),
                        List.of("(?<=INT|int|\"I)32", "64")));

        private final String from;
        private final String to;
        private final List<List<String>> replacements;

        Twin(final String from, final String to, final List<List<String>> replacements) {
            this.from = from;
            this.to = to;
            this.replacements = replacements;
        }

        private String of(final String source) {
            String twin = source;
            for (final List<String> replacement : replacements) {
                twin = twin.replaceAll(replacement.get(0), replacement.get(1));
            }
            return twin;
        }
    }

    /** {@code target = value}, computed for each element. */
    private record Statement(String target, Node value) {}

    /**
     * A formula.
     *
     * @param isPushed whether an operand g is pushed, from the Java heap; else all operands are memory
     * @param memory the names of what is loaded and stored
     * @param text the statements as they are written
     */
    private record Formula(
            boolean isPushed,
            String name,
            String purpose,
            List<String> coefficients,
            List<String> memory,
            List<String> text,
            List<Statement> statements) {
        private static final Pattern HEADING =
                Pattern.compile("(update|optimizer) ([A-Z_]+) \\(([a-z0-9 ]+)\\) ([a-z ]+)");

        private static List<Formula> parse(final List<String> lines) {
            final List<Formula> formulas = new ArrayList<>();
            final List<String> comment = new ArrayList<>();
            for (int i = 0; i < lines.size(); i++) {
                final String line = lines.get(i);
                if (line.startsWith("#")) {
                    comment.add(line.substring(1).strip());
                } else if (line.isBlank()) {
                    comment.clear();
                } else {
                    final Matcher heading = HEADING.matcher(line);
                    if (!heading.matches()) {
                        throw new IllegalArgumentException(
                                "line " + (i + 1) + " is not the heading of a formula: " + line);
                    }
                    final List<String> text = new ArrayList<>();
                    while (i + 1 < lines.size() && lines.get(i + 1).startsWith(" ")) {
                        text.add(lines.get(++i).strip());
                    }
                    formulas.add(new Formula(
                            heading.group(1).equals("update"),
                            heading.group(2),
                            String.join(" ", comment),
                            List.of(heading.group(3).split(" ")),
                            List.of(heading.group(4).split(" ")),
                            text,
                            text.stream().map(Parser::statement).toList()));
                }
            }
            return formulas;
        }

        /** The name of its methods. */
        private String method() {
            final StringBuilder method = new StringBuilder();
            for (final String word : name.toLowerCase(Locale.ROOT).split("_")) {
                method.append(method.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
            }
            return method.toString();
        }

        /** Its statements, and what they are for, as javadoc. */
        private String javadoc() {
            final String kept = text.stream()
                    .map(line -> line.replace("*", " * ").replace("/", " / "))
                    .collect(Collectors.joining("; "));
            return "    /**\n     * {@code " + kept + "}: " + purpose + ". Memory: " + String.join(", ", memory)
                    + ". Coefficients: " + String.join(", ", coefficients) + ".\n     */\n";
        }

        /** What its loop declares for an element; the values of a name that is loaded. */
        private List<String> body(final Form form) {
            final List<String> lines = new ArrayList<>();
            final Map<String, String> values = new LinkedHashMap<>();
            final List<String> stores = new ArrayList<>();
            for (int s = 0; s < statements.size(); s++) {
                final Statement statement = statements.get(s);
                final Set<String> read = new LinkedHashSet<>();
                statement.value.names(read);
                for (final String name : read) {
                    if (!values.containsKey(name) && !coefficients.contains(name)) {
                        if (reads(name, s) > 1) {
                            lines.add(form.declare(name + "0", form.load(name)));
                            values.put(name, name + "0");
                        } else {
                            values.put(name, form.load(name));
                        }
                    }
                }
                final String value = statement.value.text(form, values, 0);
                final String target = statement.target;
                if (s == statements.size() - 1) {
                    lines.addAll(stores);
                    lines.add(form.store(target, value));
                } else {
                    lines.add(form.declare(target + "1", value));
                    values.put(target, target + "1");
                    if (memory.contains(target)) {
                        stores.add(form.store(target, target + "1"));
                    }
                }
            }
            return lines;
        }

        /** How often a name is read from statement {@code from} on, until it is assigned. */
        private int reads(final String name, final int from) {
            int reads = 0;
            for (int s = from; s < statements.size(); s++) {
                reads += statements.get(s).value.count(name);
                if (statements.get(s).target.equals(name)) {
                    break;
                }
            }
            return reads;
        }
    }

    /** How a loop is written: on heap arrays, or on vectors. */
    private interface Form {
        String declare(String name, String value);

        String load(String name);

        String store(String name, String value);

        String root(String value);

        /** An operation, of which {@code level} says how tightly its surroundings bind: 0, 1 (sums) or 2 (products). */
        String operation(char operator, Node left, Node right, Map<String, String> values, int level);
    }

    /** An expression. */
    private interface Node {
        String text(Form form, Map<String, String> values, int level);

        void names(Set<String> into);

        int count(String name);
    }

    private record Name(String name) implements Node {
        @Override
        public String text(final Form form, final Map<String, String> values, final int level) {
            return values.getOrDefault(name, name);
        }

        @Override
        public void names(final Set<String> into) {
            into.add(name);
        }

        @Override
        public int count(final String of) {
            return name.equals(of) ? 1 : 0;
        }
    }

    private record Root(Node of) implements Node {
        @Override
        public String text(final Form form, final Map<String, String> values, final int level) {
            return form.root(of.text(form, values, 0));
        }

        @Override
        public void names(final Set<String> into) {
            of.names(into);
        }

        @Override
        public int count(final String name) {
            return of.count(name);
        }
    }

    private record Operation(char operator, Node left, Node right) implements Node {
        @Override
        public String text(final Form form, final Map<String, String> values, final int level) {
            return form.operation(operator, left, right, values, level);
        }

        @Override
        public void names(final Set<String> into) {
            left.names(into);
            right.names(into);
        }

        @Override
        public int count(final String name) {
            return left.count(name) + right.count(name);
        }
    }

    /** Parses a statement by recursive descent: sums of products of names, roots and parentheses. */
    private static final class Parser {
        private final String text;
        private int at;

        private Parser(final String text) {
            this.text = text.replace(" ", "");
        }

        private static Statement statement(final String text) {
            final String[] sides = text.split("=", 2);
            if (sides.length < 2) {
                throw new IllegalArgumentException("not an assignment: " + text);
            }
            final Parser parser = new Parser(sides[1]);
            final Node value = parser.sum();
            if (parser.at < parser.text.length()) {
                throw new IllegalArgumentException(
                        "unexpected " + parser.next() + " at " + parser.at + " of " + parser.text);
            }
            return new Statement(sides[0].strip(), value);
        }

        private Node sum() {
            Node sum = product();
            while (next() == '+' || next() == '-') {
                sum = new Operation(text.charAt(at++), sum, product());
            }
            return sum;
        }

        private Node product() {
            Node product = factor();
            while (next() == '*' || next() == '/') {
                product = new Operation(text.charAt(at++), product, factor());
            }
            return product;
        }

        private Node factor() {
            if (next() == '(') {
                at++;
                final Node sum = sum();
                expectEnd();
                return sum;
            }
            final int begin = at;
            while (Character.isLetterOrDigit(next())) {
                at++;
            }
            final String name = text.substring(begin, at);
            if (name.isEmpty()) {
                throw new IllegalArgumentException("a name is missing at " + at + " of " + text);
            }
            if (!name.equals("sqrt")) {
                return new Name(name);
            }
            if (next() != '(') {
                throw new IllegalArgumentException("sqrt without ( at " + at + " of " + text);
            }
            return new Root(factor());
        }

        private void expectEnd() {
            if (next() != ')') {
                throw new IllegalArgumentException(") is missing at " + at + " of " + text);
            }
            at++;
        }

        private char next() {
            return at < text.length() ? text.charAt(at) : 0;
        }
    }

    /** The two enums that name the formulas. */
    private static final class Enums {
        private Enums() {}

        private static String updates(final List<Formula> formulas) {
            return HEAD
                    + """
                    /**
                     * The formulas of the ready-made updates, over g (what is pushed), w (the values), the state
                     * arrays, and coefficients in the order in which they are listed here. Several updates share a
                     * formula: a coefficient of 1 changes no bit of a product.
                     */
                    public enum Formula {
                    """
                    + constants(formulas)
                    + "\n\n    /** The greatest number of coefficients. */\n    static final int MOST_COEFFICIENTS = "
                    + formulas.stream()
                            .mapToInt(formula -> formula.coefficients.size())
                            .max()
                            .orElseThrow()
                    + ";\n}\n";
        }

        private static String optimizers(final List<Formula> formulas) {
            return HEAD + """
                    /**
                     * What an optimizer computes for each element of memory that lies outside of the Java heap, in
                     * the order of operations of ND4J's updaters. g is the gradient, which the formulas turn into the
                     * update; the caller adds that to the values.
                     */
                    public enum OptimizerFormula {
                    """ + constants(formulas) + "\n}\n";
        }

        private static String constants(final List<Formula> formulas) {
            return formulas.stream()
                    .map(formula -> formula.javadoc() + "    " + formula.name)
                    .collect(Collectors.joining(",\n\n", "", ";"));
        }
    }

    /** Loops on heap arrays, which the JIT compiler vectorises. */
    private record HeapLoops(Type type) implements Form {
        private String source(final List<Formula> formulas) {
            final String array = type.java + "[]";
            final StringBuilder text = new StringBuilder(HEAD)
                    .append("/** The formulas of {@link Formula} on heap arrays of "
                            + type.name().toLowerCase(Locale.ROOT)
                            + ", in loops that the JIT compiler vectorises. Stateless. */\n")
                    .append("final class " + type.word + "Loops {\n    private " + type.word + "Loops() {}\n\n")
                    .append("    /**\n     * Applies a formula to n elements.\n     *\n")
                    .append("     * @param coefficients the formula's coefficients\n     */\n")
                    .append("    static void apply(final Formula formula, final double[] coefficients, final " + array
                            + " g, final int gOffset,\n            final " + array + " w, final int wOffset, final "
                            + array
                            + "[] state, final int n) {\n        switch (formula) {\n");
            for (final Formula formula : formulas) {
                text.append("            case " + formula.name + " -> " + formula.method()
                        + "(coefficients, g, gOffset, w, wOffset, ");
                for (int i = 0; i < formula.memory.size() - 1; i++) {
                    text.append("state[" + i + "], ");
                }
                text.append("n);\n");
            }
            text.append("        }\n    }\n");
            for (final Formula formula : formulas) {
                text.append("\n    private static void " + formula.method() + "(final double[] coefficients, final "
                        + array + " g, final int gOffset,\n            final " + array + " w, final int wOffset");
                for (final String state : formula.memory.subList(1, formula.memory.size())) {
                    text.append(", final " + array + " " + state);
                }
                text.append(", final int n) {\n");
                for (int i = 0; i < formula.coefficients.size(); i++) {
                    text.append("        final " + type.java + " " + formula.coefficients.get(i) + " = " + type.cast
                            + "coefficients[" + i + "];\n");
                }
                text.append("        for (int i = 0; i < n; i++) {\n");
                formula.body(this).forEach(line -> text.append("            " + line + "\n"));
                text.append("        }\n    }\n");
            }
            return text.append("}\n").toString();
        }

        @Override
        public String declare(final String name, final String value) {
            return "final " + type.java + " " + name + " = " + value + ";";
        }

        @Override
        public String load(final String name) {
            return name.equals("g") ? "g[gOffset + i]" : name + "[wOffset + i]";
        }

        @Override
        public String store(final String name, final String value) {
            return load(name) + " = " + value + ";";
        }

        @Override
        public String root(final String value) {
            return type.cast + "Math.sqrt(" + value + ")";
        }

        @Override
        public String operation(
                final char operator,
                final Node left,
                final Node right,
                final Map<String, String> values,
                final int level) {
            final int own = operator == '+' || operator == '-' ? 1 : 2;
            final String text = left.text(this, values, own) + " " + operator + " " + right.text(this, values, own + 1);
            return own < level ? "(" + text + ")" : text;
        }
    }

    /**
     * Loops on vectors: a lane is computed as the heap loops compute an element. A formula has loops of its own, which
     * share no method with those of another type: C2 keeps vectors in registers only where it knows their class, which
     * it learns from what it has seen at this very call.
     */
    private record VectorLoops(Type type) implements Form {
        private static final String PARAMETERS = "final double[] coefficients, final Object[] memory, final int";

        private String updates(final List<Formula> formulas) {
            final StringBuilder text = head(
                    "FormulaLoops",
                    "The formulas of {@link Formula} on vectors: a lane comes out as {@link " + type.word
                            + "Loops} computes an element, to the bit. Parameters are those of {@link Kernel}.");
            for (final Formula formula : formulas) {
                final String g = "final " + type.java + "[] g, final int";
                text.append("\n    static void " + formula.method() + "(" + PARAMETERS + " offset,\n            " + g
                        + " gOffset, final int n) {\n");
                memory(text, formula, "position", "offset, n");
                loop(text, formula, "        ", "", "gOffset");
                text.append("    }\n\n    static void " + formula.method() + "Runs(" + PARAMETERS
                        + "[] offsets,\n            "
                        + g + "[] gOffsets, final int runs, final int n) {\n"
                        + "        final long extent = Kernel.extent(offsets, runs);\n");
                memory(text, formula, "origin", "extent, n");
                text.append(
                        "        for (int run = 0; run < runs; run++) {\n            final int from = offsets[run];\n"
                                + "            final int gOffset = gOffsets[run];\n");
                loop(text, formula, "            ", "from + ", "gOffset");
                text.append("        }\n    }\n");
            }
            return text.append("}\n").toString();
        }

        private String optimizers(final List<Formula> formulas) {
            final StringBuilder text = head(
                    "OptimizerLoops",
                    "The formulas of {@link OptimizerFormula} on vectors. Parameters are those of {@link"
                            + " Kernel#compute}.");
            for (final Formula formula : formulas) {
                text.append("\n    static void " + formula.method() + "(" + PARAMETERS + " offset, final int n) {\n");
                memory(text, formula, "position", "offset, n");
                loop(text, formula, "        ", "", null);
                text.append("    }\n");
            }
            return text.append("}\n").toString();
        }

        private StringBuilder head(final String name, final String javadoc) {
            final String vectors = type.word + "Vectors.";
            return new StringBuilder(HEAD)
                    .append("import jdk.incubator.vector." + type.word + "Vector;\n\n/** " + javadoc + " */\n")
                    .append("final class " + type.word + name + " {\n")
                    .append("    private static final int LANES = " + vectors + "LANES;\n\n    private " + type.word
                            + name + "() {}\n");
        }

        private void memory(
                final StringBuilder text, final Formula formula, final String position, final String arguments) {
            for (int i = 0; i < formula.memory.size(); i++) {
                final String name = formula.memory.get(i);
                text.append("        final Object " + name + "s = memory[" + i + "];\n        final long " + name
                        + "At = " + type.word + "Vectors." + position + "(" + name + "s, " + arguments + ");\n");
            }
            for (int i = 0; i < formula.coefficients.size(); i++) {
                text.append("        "
                        + declare(formula.coefficients.get(i), type.word + "Vectors.constant(coefficients[" + i + "])")
                        + "\n");
            }
        }

        private void loop(
                final StringBuilder text,
                final Formula formula,
                final String indent,
                final String from,
                final String pushed) {
            text.append(indent + "for (int i = 0; i < n; i += LANES) {\n" + indent + "    final int at = " + from
                    + "i * " + type.word + ".BYTES;\n");
            final Form form = pushed == null ? this : new Pushed(this);
            formula.body(form).forEach(line -> text.append(indent + "    " + line + "\n"));
            text.append(indent + "}\n");
        }

        @Override
        public String declare(final String name, final String value) {
            return "final " + type.word + "Vector " + name + " = " + value + ";";
        }

        @Override
        public String load(final String name) {
            return type.word + "Vectors.load(" + name + "s, " + name + "At, at)";
        }

        @Override
        public String store(final String name, final String value) {
            return type.word + "Vectors.store(" + value + ", " + name + "s, " + name + "At, at);";
        }

        @Override
        public String root(final String value) {
            return type.word + "Vectors.root(" + value + ")";
        }

        @Override
        public String operation(
                final char operator,
                final Node left,
                final Node right,
                final Map<String, String> values,
                final int level) {
            return operation(this, operator, left, right, values);
        }

        private static String operation(
                final Form form,
                final char operator,
                final Node left,
                final Node right,
                final Map<String, String> values) {
            final String method = switch (operator) {
                case '+' -> ".add(";
                case '-' -> ".sub(";
                case '*' -> ".mul(";
                default -> ".div(";
            };
            return left.text(form, values, 0) + method + right.text(form, values, 0) + ")";
        }
    }

    /** {@link VectorLoops} whose g lies in a heap array. */
    private record Pushed(VectorLoops vectors) implements Form {
        @Override
        public String declare(final String name, final String value) {
            return vectors.declare(name, value);
        }

        @Override
        public String load(final String name) {
            return name.equals("g") ? vectors.type.word + "Vectors.load(g, gOffset + i)" : vectors.load(name);
        }

        @Override
        public String store(final String name, final String value) {
            return vectors.store(name, value);
        }

        @Override
        public String root(final String value) {
            return vectors.root(value);
        }

        @Override
        public String operation(
                final char operator,
                final Node left,
                final Node right,
                final Map<String, String> values,
                final int level) {
            return VectorLoops.operation(this, operator, left, right, values);
        }
    }
}
