package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What tells a file from another one that has its name later: device and inode, which no other file gets while this one
 * is mapped or open.
 *
 * @param key null where the file system has no such thing
 */
record FileIdentity(Object key, long lengthBytes) {

    /** Of the file that has this name now. */
    static FileIdentity of(final Path path) throws IOException {
        final BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return new FileIdentity(attributes.fileKey(), attributes.size());
    }
}
