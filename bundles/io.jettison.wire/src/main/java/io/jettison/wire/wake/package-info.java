/**
 * The wake packet (Bila et al. 2015, §7.1: CAESAR): the payload of a UDP datagram, or of an
 * Ethernet frame of type 0x0842. Numbers are big-endian.
 *
 * <pre>
 * plain     6 × 0xff, 16 × u48 hardware address                        102 bytes
 *           [the network card's SecureOn password]                       4 or 6 bytes
 * context   6 × 0xff, 16 × u48 hardware address                        102 bytes
 *           u64 0x53524d50 ("SRMP")                                      8 bytes
 *           u64 context id                                               8 bytes
 *           arguments, each a u64                                        0 to 128 bytes
 * </pre>
 *
 * <p>The paper does not say how its four bytes of magic fill eight: they are sent in the last four
 * and also accepted in the first four. A packet with a context has 118 bytes and up. Network cards
 * find the 102 bytes anywhere in a frame, and so does {@link
 * io.jettison.wire.wake.WakePacketCodec}.
 *
 * <p>Contexts and their arguments:
 *
 * <pre>
 * memory    0x4a54534e4d454d31 ("JTSNMEM1")
 *           u64 pfn, [u64 key of the VM]; without the key, or if it is 0: of the VMs that are away, any
 * probe     0x4a54534e50524231 ("JTSNPRB1")
 *           u64 nonce, u64 port, 16 bytes IPv6 address (IPv4: mapped)
 *           answered with a datagram "alive NONCE selective=N", NONCE in 16 hexadecimal digits
 * </pre>
 *
 * <p>Nothing in a wake packet is secret or proves who sent it: a wake costs energy at worst, and a
 * page leaves only over the link that the PC itself opened to its server.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.wire.wake;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
