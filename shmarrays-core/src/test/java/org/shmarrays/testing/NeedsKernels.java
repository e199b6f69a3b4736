package org.shmarrays.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** A test of what only kernels do; it is left out where there are none, and the report says so. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@DisabledForJreRange(min = JRE.JAVA_18, max = JRE.JAVA_24, disabledReason = "kernels are built by Java 17 and 25")
public @interface NeedsKernels {}
