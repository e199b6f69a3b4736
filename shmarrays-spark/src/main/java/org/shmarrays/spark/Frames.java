package org.shmarrays.spark;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.Socket;

/**
 * Objects that an executor and one of its worker processes send each other: each a length in bytes, and the object as
 * Java serializes it. One thread may send and receive.
 */
final class Frames implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    Frames(final Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
    }

    /**
     * Sends an object.
     *
     * @throws java.io.NotSerializableException if it or a part of it can't be serialized; then nothing was sent
     */
    void send(final Object object) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
            objects.writeObject(object);
        }
        out.writeInt(bytes.size());
        bytes.writeTo(out);
        out.flush();
    }

    /**
     * Waits for the next object.
     *
     * @throws EOFException if the other side has closed the connection, or has ended
     */
    Object receive() throws IOException, ClassNotFoundException {
        final byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return objects.readObject();
        }
    }

    /** The longest wait of {@link #receive}, which throws after it; 0 is no limit. */
    void timeout(final int timeoutMs) throws IOException {
        socket.setSoTimeout(timeoutMs);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (final IOException e) {
            // The connection is of no use any more in either case.
        }
    }
}
