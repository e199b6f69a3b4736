package org.shmarrays.spark;

/**
 * What a host has received and sent over its link, in bytes of whole Ethernet frames.
 *
 * @param received bytes that came to the host
 * @param sent bytes that left it
 */
public record LinkBytes(long received, long sent) {
    /** The bytes since an earlier reading. */
    public LinkBytes since(final LinkBytes earlier) {
        return new LinkBytes(received - earlier.received, sent - earlier.sent);
    }
}
