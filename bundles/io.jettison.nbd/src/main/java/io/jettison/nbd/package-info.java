/**
 * The NBD protocol, as far as Jettison speaks it: fixed newstyle handshake, structured replies, no
 * TLS, no extended headers. Numbers are big-endian. A string has its length before it or is the
 * rest of what holds it.
 *
 * <p>The handshake. The client chooses and asks by options until one of them begins the
 * transmission.
 *
 * <pre>
 * S greeting      u64 NBDMAGIC, u64 IHAVEOPT, u16 handshake flags                     18 bytes
 * C answer        u32 client flags                                                     4
 * C option        u64 IHAVEOPT, u32 option, u32 length, data                          16 and data
 * S option reply  u64 magic, u32 option, u32 type, u32 length, data                   20 and data
 *
 * option            its data                                     replies before ACK
 * EXPORT_NAME       name                                         none, but: u64 size, u16 flags,
 *                                                                124 zeros unless NO_ZEROES
 * ABORT             anything                                     none; the server closes
 * LIST              none                                         SERVER: u32, name
 * INFO, GO          u32, name, u16 count, count × u16 info       INFO: u16 info, data
 * STRUCTURED_REPLY  none                                         none
 * LIST_META_CONTEXT u32, name, u32 count, count × (u32, query)   META_CONTEXT: u32 0, context
 * SET_META_CONTEXT  the same                                     META_CONTEXT: u32 id, context
 *
 * info              its data
 * EXPORT            u64 size, u16 transmission flags; always sent
 * NAME, DESCRIPTION text
 * BLOCK_SIZE        u32 least, u32 preferred, u32 most
 * </pre>
 *
 * <p>An option that fails is answered by one reply with {@link
 * io.jettison.nbd.NbdHandshake#REP_ERROR} in its type and a text as its data. EXPORT_NAME cannot
 * fail: the server closes. After EXPORT_NAME, and after GO that was acknowledged, the transmission
 * begins.
 *
 * <p>The transmission. Replies come in any order; the cookie says what each is for.
 *
 * <pre>
 * C request  u32 magic, u16 flags, u16 command, u64 cookie, u64 offset, u32 length  28 bytes
 *            and with WRITE length bytes
 * S simple   u32 magic, u32 error, u64 cookie                                       16
 *            and with READ that succeeded, without structured replies, length bytes
 * S chunk    u32 magic, u16 flags, u16 type, u64 cookie, u32 length                 20
 *            and length bytes; the last chunk of a reply has the flag DONE
 *
 * type          its data
 * NONE          none
 * OFFSET_DATA   u64 offset, contents
 * OFFSET_HOLE   u64 offset, u32 length: zeros
 * BLOCK_STATUS  u32 context id, n × (u32 length, u32 status)
 * ERROR         u32 error, u16, text
 * ERROR_OFFSET  the same, u64 offset
 * </pre>
 *
 * <p>With structured replies READ and BLOCK_STATUS are answered by chunks; any other command may be
 * answered either way. DISC has no reply.
 *
 * <p>Blocks that were written on a Jettison server are told by the context {@link
 * io.jettison.nbd.NbdTransmission#CONTEXT_DIRTY}: status 1 if written, else 0.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.nbd;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
