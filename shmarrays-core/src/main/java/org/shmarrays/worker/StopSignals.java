package org.shmarrays.worker;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * Lets a program end in order when Ctrl-C (SIGINT) or SIGTERM asks it to: the first signal runs an action, and the
 * program goes on to its end. The second one ends the process at once, through its shutdown hooks. For any thread.
 *
 * <p>A signal ends the process as usual where the JVM leaves signals to the system ({@code -Xrs}). One that was ignored
 * when the process started, as SIGINT is in a shell's background job, stays ignored.
 */
public final class StopSignals implements AutoCloseable {
    private static final int EXIT_CODE_BASE = 128;

    /** Names and numbers of the signals. */
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final BooleanSupplier onFirst;

    /** The handlers that there were before, by signal. */
    private final Map<Object, Object> previous = new LinkedHashMap<>();

    private int received;

    private StopSignals(final BooleanSupplier onFirst) {
        this.onFirst = onFirst;
    }

    /**
     * Handles the signals until this is closed.
     *
     * @param onFirst what the first signal does, in a thread of its own. It returns whether the program now comes to
     *     its end by itself; if not, or if it throws, the process ends at once
     */
    public static StopSignals handle(final BooleanSupplier onFirst) {
        final StopSignals signals = new StopSignals(onFirst);
        SIGNALS.keySet().forEach(signals::install);
        return signals;
    }

    /**
     * Has SIGINT do nothing in this process: Ctrl-C goes to all processes of a terminal, and the one that started this
     * one tells it how to end.
     */
    public static void ignoreInterrupt() {
        try {
            register(signal("INT"), handlerType().getField("SIG_IGN").get(null));
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            // This JVM leaves signals to the system, so that Ctrl-C ends the process.
        }
    }

    private void install(final String name) {
        try {
            final Object signal = signal(name);
            final Class<?> type = handlerType();
            final Object handler = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls(name));
            previous.put(signal, register(signal, handler));
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            // This JVM leaves signals to the system, so that they end the process.
        }
    }

    /** The calls of a handler: {@code handle}, and the methods of Object. */
    private InvocationHandler calls(final String name) {
        return (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                received(SIGNALS.get(name));
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "StopSignals of SIG" + name;
        };
    }

    /** By reflection: the compiler warns of these classes, which have no successor, wherever they are named. */
    private static Class<?> handlerType() throws ClassNotFoundException {
        return Class.forName("sun.misc.SignalHandler");
    }

    private static Object signal(final String name) throws ReflectiveOperationException {
        try {
            return Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
        } catch (final InvocationTargetException e) {
            throw new IllegalArgumentException("the system has no signal of this name: name=" + name, e.getCause());
        }
    }

    /** Returns the handler that there was before. */
    private static Object register(final Object signal, final Object handler) throws ReflectiveOperationException {
        try {
            return signal.getClass()
                    .getMethod("handle", signal.getClass(), handlerType())
                    .invoke(null, signal, handler);
        } catch (final InvocationTargetException e) {
            throw new IllegalArgumentException("the JVM handles the signal itself: signal=" + signal, e.getCause());
        }
    }

    private void received(final int number) {
        if (!isFirst(number) || !goesOn()) {
            System.exit(EXIT_CODE_BASE + number);
        }
    }

    private synchronized boolean isFirst(final int number) {
        if (received != 0) {
            return false;
        }
        received = number;
        return true;
    }

    private boolean goesOn() {
        try {
            return onFirst.getAsBoolean();
        } catch (final RuntimeException e) {
            System.getLogger(StopSignals.class.getName())
                    .log(System.Logger.Level.WARNING, "the program can't end in order, so it ends at once: " + e);
            return false;
        }
    }

    /** Whether a signal has come. */
    public synchronized boolean isReceived() {
        return received != 0;
    }

    /** The exit code of a process that the first signal ended: 130 after SIGINT, 143 after SIGTERM; empty before. */
    public synchronized OptionalInt exitCode() {
        return received == 0 ? OptionalInt.empty() : OptionalInt.of(EXIT_CODE_BASE + received);
    }

    /** Has signals do again what they did before; twice is harmless. */
    @Override
    public void close() {
        previous.forEach((signal, handler) -> {
            try {
                register(signal, handler);
            } catch (final ReflectiveOperationException e) {
                throw new IllegalStateException("the handler of a signal can't be given back: signal=" + signal, e);
            }
        });
        previous.clear();
    }
}
