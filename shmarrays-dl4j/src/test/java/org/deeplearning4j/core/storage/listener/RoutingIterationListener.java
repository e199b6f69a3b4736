package org.deeplearning4j.core.storage.listener;

import org.deeplearning4j.optimize.api.TrainingListener;

/** The interface of the listeners of DL4J's user interface, whose module the tests have not. */
public interface RoutingIterationListener extends TrainingListener {}
