/** The examples on many hosts: {@code bin/shmarrays mnist --spark} and {@code sparse-svm --spark}. */
package org.shmarrays.spark.examples;
