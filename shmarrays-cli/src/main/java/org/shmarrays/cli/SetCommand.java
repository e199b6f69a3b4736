package org.shmarrays.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.update.Updates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays set}: run control, while a run trains. */
@Command(
        name = "set",
        description = {
            "Change a setting of a run while it trains. Without KEY, show the settings.",
            "",
            "Workers use the new value from their next step on, if their program reads it (RunControl). `shmarrays"
                    + " mnist` and `shmarrays sparse-svm` do.",
            "",
            "Keys:",
            "  learning-rate  step size of all workers, more than 0; 0: each worker uses its own again",
            "  stop           true or false: whether workers end after their current step"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the setting was changed or shown",
            "1:there is no such segment",
            "2:wrong usage, or an unknown key or value"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays set mnist learning-rate 0.001", "  shmarrays set mnist"})
final class SetCommand implements Callable<Integer> {
    private static final String LEARNING_RATE = "learning-rate";
    private static final String STOP = "stop";
    private static final List<String> KEYS = List.of(LEARNING_RATE, STOP);
    private static final Pattern ZERO = Pattern.compile("[0.]+([eE].*)?");

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Parameters(index = "1", arity = "0..1", paramLabel = "KEY", description = "The setting to change.")
    private String key;

    @Parameters(index = "2", arity = "0..1", paramLabel = "VALUE", description = "Its new value.")
    private String value;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean asJson;

    SetCommand() {}

    @Override
    public Integer call() {
        if (key != null) {
            checkKey();
        }
        final RunControl control =
                Doors.RUN_CONTROL.of(SegmentNames.open(Doors.ROOT.of(Settings.fromProperties()), name, key == null));
        if (key != null) {
            change(control);
        }
        show(control);
        return 0;
    }

    private void checkKey() {
        if (!KEYS.contains(key)) {
            throw wrong("unknown key: " + key + ", keys=" + KEYS + Suggestion.didYouMean(key, KEYS));
        }
        if (value == null) {
            throw wrong("no value given: key=" + key);
        }
        if (key.equals(LEARNING_RATE)) {
            learningRate();
        } else if (!value.equals("true") && !value.equals("false")) {
            throw wrong("must be true or false: " + STOP + "=" + value);
        }
    }

    private double learningRate() {
        final double rate;
        try {
            rate = Double.parseDouble(value);
        } catch (final NumberFormatException e) {
            throw wrong("not a number: " + LEARNING_RATE + "=" + value);
        }
        // A number that is too small for a double is parsed as 0, too.
        if (Updates.isLearningRate(rate) || rate == 0 && ZERO.matcher(value).matches()) {
            return rate;
        }
        throw wrong("the learning rate must be 0, or a positive number that fits into a float: " + LEARNING_RATE + "="
                + value);
    }

    private ParameterException wrong(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private void change(final RunControl control) {
        if (key.equals(LEARNING_RATE)) {
            control.learningRate(learningRate());
        } else if (value.equals("true")) {
            control.stop();
        } else {
            control.resume();
        }
    }

    private void show(final RunControl control) {
        final double rate = control.learningRate();
        final Map<String, Object> values = new LinkedHashMap<>();
        values.put("segment", name);
        values.put("learningRate", rate == 0 ? null : rate);
        values.put(STOP, control.isStopped());
        values.put("steps", control.globalStep());
        values.put("samples", control.samples());
        values.put("epoch", control.epoch());
        spec.commandLine()
                .getOut()
                .println(
                        asJson
                                ? JsonText.writeLines(values)
                                : "segment=" + name + ", learning-rate=" + (rate == 0 ? "each worker's own" : rate)
                                        + ", stop=" + control.isStopped() + ", steps=" + control.globalStep()
                                        + ", samples=" + control.samples()
                                        + (control.countsEpochs() ? ", epoch=" + control.epoch() : ""));
        spec.commandLine().getOut().flush();
    }
}
