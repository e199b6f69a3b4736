package org.shmarrays.spark;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The hosts of a cluster: the Master's, and those of the Workers, which have numbers from 0. */
interface ClusterHosts extends AutoCloseable {
    /** Number of the Workers' hosts. */
    int count();

    /** Where the driver, which is this JVM, is reached from all hosts. */
    String driverAddress();

    String masterAddress();

    String address(int host);

    /** The command that runs the given one on the Master's host. */
    List<String> onMaster(List<String> command);

    /** The command that runs the given one on a host. */
    List<String> onHost(int host, List<String> command);

    /** Variables for the processes of a host, so that their segments stand in its own directory. */
    Map<String, String> environment(int host);

    /** The directory of a host's segments, as this JVM sees it. */
    Path segmentDirectory(int host);

    /** Cuts a host off from all others. Packets are lost, and no connection is reset. */
    void cutLink(int host);

    /** Connects a host again after {@link #cutLink}. */
    void restoreLink(int host);

    LinkBytes bytes(int host);

    LinkBytes driverBytes();

    @Override
    void close();
}
