package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.security.MessageDigest;

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

    /** Sends the secret of the executor's processes, and the rank of this one. */
    void sendGreeting(final String token, final int rank) throws IOException {
        out.writeUTF(token);
        out.writeInt(rank);
        out.flush();
    }

    /**
     * Waits for a greeting. Any user of the machine can connect, so nothing is deserialized before the token is known.
     *
     * @param workers number of ranks
     * @return the rank, or -1 if the token is another one, or there is no such rank
     */
    int receiveGreeting(final String token, final int workers) throws IOException {
        final byte[] received = in.readUTF().getBytes(UTF_8);
        final int rank = in.readInt();
        final boolean isKnown = MessageDigest.isEqual(received, token.getBytes(UTF_8));
        return isKnown && rank >= 0 && rank < workers ? rank : -1;
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
