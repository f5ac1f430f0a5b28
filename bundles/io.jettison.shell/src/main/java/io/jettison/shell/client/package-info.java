/**
 * {@code bin/jettison}: a program of its own that asks a running jettisond. Needs nothing but the
 * JDK, so that it starts at once.
 *
 * <p>On the daemon's Unix socket the client sends the folder that it was called in, which names of
 * files are relative to (2 bytes of length, then modified UTF-8, as {@link
 * java.io.DataOutput#writeUTF}), the number of words (4 bytes) and each word. The daemon answers
 * with frames: a kind (1 byte: 0 exit status, 1 standard output, 2 standard error), a length (4
 * bytes), and as many bytes; the exit status is one byte and the last frame. Numbers are big
 * endian.
 */
@NullMarked
package io.jettison.shell.client;

import org.jspecify.annotations.NullMarked;
