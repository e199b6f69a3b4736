package org.shmarrays.internal.access;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ElementwiseFunction;
import org.shmarrays.update.UpdateFunction;

/** The calls of a handle that name their arrays, and so give and take maps. For the handle's thread. */
public final class NamedCalls {
    private final Calls calls;

    public NamedCalls(final Calls calls) {
        this.calls = calls;
    }

    /**
     * Specifications of one-dimensional arrays of these values' types and lengths.
     *
     * @throws IllegalArgumentException if a value is no Java array of a type that can be shared
     */
    public static List<ArraySpec> specs(final Map<String, ?> values) {
        final List<ArraySpec> specs = new ArrayList<>();
        values.forEach((name, value) -> specs.add(spec(name, value)));
        return specs;
    }

    private static ArraySpec spec(final String name, final Object value) {
        for (final ElementType type : ElementType.values()) {
            if (type.carrier().isInstance(value)) {
                return ArraySpec.of(name, type, Array.getLength(value));
            }
        }
        throw new IllegalArgumentException(
                "values must be float[], double[], int[] or long[]: name=" + Printable.text(name) + ", given="
                        + (value == null ? "null" : value.getClass().getSimpleName()));
    }

    public <A> Map<String, A> read(final Collection<ArraySpec> specs, final Class<A> carrier) {
        final Map<String, A> values = new LinkedHashMap<>();
        for (final ArraySpec spec : specs) {
            checkCarrier(spec.name(), spec.elementType(), carrier, "; read(Object.class) takes arrays of all types");
            values.put(
                    spec.name(),
                    carrier.cast(ElementAccesses.of(spec.elementType()).allocate(spec.elementCount())));
        }
        readInto(values);
        return values;
    }

    public void readInto(final Map<String, ?> into) {
        final PlannedAccess access = calls.access(into.keySet());
        calls.pull(access, inOrder(access, into), null);
    }

    public <A> A gather(final String name, final int[] rows, final Class<A> carrier) {
        final RowPlan plan = calls.rowPlan(name);
        final ElementType type = plan.target().spec().elementType();
        checkCarrier(name, type, carrier, "");
        final A values = carrier.cast(ElementAccesses.of(type).allocate(plan.elementCount(rows)));
        calls.gather(plan, rows, rows.length, values);
        return values;
    }

    private static void checkCarrier(
            final String name, final ElementType type, final Class<?> carrier, final String advice) {
        if (!carrier.isAssignableFrom(type.carrier())) {
            throw new IllegalArgumentException("the array has another type: name=" + Printable.text(name) + ", type="
                    + type + ", asked=" + carrier.getSimpleName() + advice);
        }
    }

    public void write(final Map<String, ?> values) {
        final PlannedAccess access = calls.access(values.keySet());
        calls.write(access, inOrder(access, values), null);
    }

    /** Pushes; {@code mode} is null for each array's own, {@code whenPushed} is null for nothing. */
    public void push(
            final Map<String, ?> gradients, final UpdateFunction function, final Mode mode, final Runnable whenPushed) {
        final PlannedAccess access = calls.access(gradients.keySet());
        calls.push(access, inOrder(access, gradients), null, null, function, mode, whenPushed);
    }

    public <A> void pushElementwise(final Map<String, A> gradients, final ElementwiseFunction<A> function) {
        final PlannedAccess access = calls.access(gradients.keySet());
        @SuppressWarnings("unchecked") // operands are checked to be of the carrier before the function sees them
        final Class<A> carrier =
                (Class<A>) access.plan().targets()[0].spec().elementType().carrier();
        calls.push(access, inOrder(access, gradients), null, null, UpdateFunction.of(function, carrier), null, null);
    }

    public void pushAndReadInto(
            final Map<String, ?> gradients, final UpdateFunction function, final Map<String, ?> into) {
        final PlannedAccess access = calls.access(gradients.keySet());
        calls.push(access, inOrder(access, gradients), inOrder(access, into), null, function, null, null);
    }

    public <A> Map<String, A> pushAndRead(final Map<String, A> gradients, final UpdateFunction function) {
        final PlannedAccess access = calls.access(gradients.keySet());
        checkCarriers(access, gradients);
        final Object[] results = new Object[access.plan().targets().length];
        final Map<String, A> byName = new LinkedHashMap<>();
        gradients.keySet().forEach(name -> byName.put(name, null)); // in the caller's order
        for (int t = 0; t < results.length; t++) {
            final Target target = access.plan().targets()[t];
            results[t] = ElementAccesses.of(target.spec().elementType()).allocate(target.count());
            byName.put(target.name(), sameType(gradients.get(target.name()), results[t]));
        }
        calls.push(access, inOrder(access, gradients), results, null, function, null, null);
        return byName;
    }

    @SuppressWarnings("unchecked") // what the function returned, or a copy in the carrier, which the operands are of
    public <A> Map<String, A> pushWhole(final Map<String, A> gradients, final BinaryOperator<A> function) {
        checkCarriers(calls.access(gradients.keySet()), gradients);
        final Map<String, A> operands =
                new LinkedHashMap<>(gradients); // a resumed push may find the caller's map changed
        return (Map<String, A>) pushWhole(operands.keySet(), (name, old) -> applied(function, operands.get(name), old));
    }

    public Map<String, Object> pushWhole(final Collection<String> names, final BiFunction<String, Object, ?> function) {
        return calls.pushWhole(names, function);
    }

    /** Updates rows; {@code mode} is null for the array's own. */
    public void scatter(
            final String name,
            final int[] rows,
            final Object gradients,
            final UpdateFunction function,
            final Mode mode) {
        calls.scatter(calls.rowPlan(name), rows, gradients, function, mode);
    }

    private static void checkCarriers(final PlannedAccess access, final Map<String, ?> gradients) {
        for (final Target target : access.plan().targets()) {
            target.checkOperand(Target.OPERAND, gradients.get(target.name()));
            target.checkCarrier(Target.OPERAND, gradients.get(target.name()));
        }
    }

    private static Object[] inOrder(final PlannedAccess access, final Map<String, ?> values) {
        final Target[] targets = access.plan().targets();
        final Object[] ordered = new Object[targets.length];
        for (int t = 0; t < ordered.length; t++) {
            ordered[t] = values.get(targets[t].name());
        }
        return ordered;
    }

    @SuppressWarnings("unchecked") // the operand was checked to be the carrier of the element type, which old is
    private static <A> A applied(final BinaryOperator<A> function, final A operand, final Object old) {
        return function.apply(operand, (A) old);
    }

    @SuppressWarnings("unchecked") // both are carriers of the same element type
    private static <A> A sameType(final A operand, final Object result) {
        return (A) operand.getClass().cast(result);
    }
}
