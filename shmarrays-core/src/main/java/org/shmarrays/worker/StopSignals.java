package org.shmarrays.worker;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Lets a program end in order when it is asked to by Ctrl-C (SIGINT) or SIGTERM: the first signal runs an action, and
 * the program goes on to its end; the second one ends the process at once, through its shutdown hooks. For any thread.
 *
 * <p>Where a JVM does not let programs handle signals ({@code -Xrs}), a signal ends the process as ever.
 */
public final class StopSignals implements AutoCloseable {
    private static final int EXIT_CODE_BASE = 128;

    /** Names and numbers of the signals. */
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final Runnable onFirst;
    private final Map<Object, Object> previous = new LinkedHashMap<>();
    private int received;

    private StopSignals(final Runnable onFirst) {
        this.onFirst = onFirst;
    }

    /**
     * Handles the signals until this is closed.
     *
     * @param onFirst what the first signal does, in a thread of its own
     */
    public static StopSignals handle(final Runnable onFirst) {
        final StopSignals signals = new StopSignals(onFirst);
        new ArrayList<>(SIGNALS.keySet()).forEach(signals::install);
        return signals;
    }

    /** Has SIGINT do nothing in this process: in a worker, whose launcher gets it, too, and tells the worker to stop. */
    public static void ignoreInterrupt() {
        try {
            register(
                    signal("INT"),
                    Class.forName("sun.misc.SignalHandler").getField("SIG_IGN").get(null));
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            // This JVM leaves signals to the system.
        }
    }

    private void install(final String name) {
        try {
            final Object signal = signal(name);
            final Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            final Object handler = Proxy.newProxyInstance(
                    handlerType.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            received(SIGNALS.get(name));
                            return null;
                        }
                        return method.getName().equals("equals")
                                ? proxy == arguments[0]
                                : handlerHash(method.getName());
                    });
            previous.put(signal, register(signal, handler));
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            // This JVM leaves signals to the system: they end the process.
        }
    }

    private Object handlerHash(final String method) {
        return method.equals("hashCode") ? (Object) System.identityHashCode(this) : "StopSignals";
    }

    /** By reflection: the compiler warns of the classes, which have no successor, wherever they are named. */
    private static Object signal(final String name) throws ReflectiveOperationException {
        try {
            return Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
        } catch (final InvocationTargetException e) {
            throw new IllegalArgumentException(e.getCause()); // the system has no such signal
        }
    }

    private static Object register(final Object signal, final Object handler) throws ReflectiveOperationException {
        try {
            return signal.getClass()
                    .getMethod("handle", signal.getClass(), Class.forName("sun.misc.SignalHandler"))
                    .invoke(null, signal, handler);
        } catch (final InvocationTargetException e) {
            throw new IllegalArgumentException(e.getCause()); // the JVM uses it itself
        }
    }

    private void received(final int number) {
        final boolean isFirst;
        synchronized (this) {
            isFirst = received == 0;
            if (isFirst) {
                received = number;
            }
        }
        if (isFirst) {
            onFirst.run();
        } else {
            System.exit(EXIT_CODE_BASE + number);
        }
    }

    /** Whether a signal has come. */
    public synchronized boolean isReceived() {
        return received != 0;
    }

    /** The exit code of a process that the first signal ended: 130 after SIGINT, 143 after SIGTERM. */
    public synchronized OptionalInt exitCode() {
        return received == 0 ? OptionalInt.empty() : OptionalInt.of(EXIT_CODE_BASE + received);
    }

    /** Has signals end the process again, as before. */
    @Override
    public void close() {
        final List<Object> signals = List.copyOf(previous.keySet());
        for (final Object signal : signals) {
            try {
                register(signal, previous.remove(signal));
            } catch (final ReflectiveOperationException | IllegalArgumentException e) {
                throw new IllegalStateException("the handler of a signal can't be given back: " + signal, e);
            }
        }
    }
}
