package io.jettison.wire.wake;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * A wake packet that was found.
 *
 * @param hardware hardware address of the PC it is for
 * @param context the context id; empty: the PC is to wake in full
 * @param rest what follows: the context's arguments or, in a plain packet, a password if there is
 *     one; then perhaps what does not belong to it. Read-only, big-endian.
 */
public record WakePacket(long hardware, OptionalLong context, ByteBuffer rest) {}
