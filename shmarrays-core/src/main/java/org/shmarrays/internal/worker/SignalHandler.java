package org.shmarrays.internal.worker;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;

/**
 * What this process does when a signal comes, as long as this is not closed. The JDK's classes for it are reached by
 * reflection: the compiler warns of them, which have no successor, wherever they are named.
 */
public final class SignalHandler implements AutoCloseable {
    private final Object signal;
    private final Object before;

    private SignalHandler(final Object signal, final Object before) {
        this.signal = signal;
        this.before = before;
    }

    /**
     * Runs an action when the signal comes, in a thread of its own.
     *
     * @param name without SIG
     * @return empty where the JVM leaves signals to the system, so that they end the process
     */
    public static Optional<SignalHandler> install(final String name, final Runnable action) {
        try {
            final Class<?> type = handlerType();
            return Optional.of(register(
                    name, Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls(name, action))));
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Has the signal do nothing from now on.
     *
     * @return empty where the JVM leaves signals to the system
     */
    public static Optional<SignalHandler> ignore(final String name) {
        try {
            return Optional.of(register(name, handlerType().getField("SIG_IGN").get(null)));
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The calls of a handler: {@code handle}, and the methods of Object. */
    private static InvocationHandler calls(final String name, final Runnable action) {
        return (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                action.run();
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "handler of SIG" + name;
        };
    }

    private static Class<?> handlerType() throws ClassNotFoundException {
        return Class.forName("sun.misc.SignalHandler");
    }

    private static SignalHandler register(final String name, final Object handler) throws ReflectiveOperationException {
        try {
            final Object signal = Class.forName("sun.misc.Signal")
                    .getConstructor(String.class)
                    .newInstance(name);
            return new SignalHandler(signal, register(signal, handler));
        } catch (final InvocationTargetException e) {
            throw new IllegalArgumentException(
                    "the system has no such signal, or the JVM handles it itself: signal=" + name, e.getCause());
        }
    }

    /** Returns the handler that there was before. */
    private static Object register(final Object signal, final Object handler) throws ReflectiveOperationException {
        return signal.getClass()
                .getMethod("handle", signal.getClass(), handlerType())
                .invoke(null, signal, handler);
    }

    /** Has the signal do again what it did before. */
    @Override
    public void close() {
        try {
            register(signal, before);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("the handler of a signal can't be given back: signal=" + signal, e);
        }
    }
}
