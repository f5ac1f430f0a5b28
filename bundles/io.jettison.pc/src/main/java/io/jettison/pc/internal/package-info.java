/**
 * The day of a PC whose VMs are on a server: it serves what they ask for, sleeps when nothing was
 * asked for a while, and wakes for what is needed of it (Bila et al. 2015, §5.2, §6.1 and §7).
 *
 * <pre>
 *             the wait timer is out;                the controller sleeps
 *             servers are told                                            served: sleep again
 *   AWAKE ──────────────────────────→ SUSPENDING ─→ ASLEEP ────────────→ RESUMING(context)
 *     ↑                                   │            ↑                   │       │
 *     │   a request came, or it cannot    │            └───────────────────┘       │
 *     ├───────────────────────────────────┘                                        │
 *     └────────────────────────────────────────────────────────────────────────────┘
 *               else everything is resumed; fresh links, servers are told
 * </pre>
 */
@NullMarked
package io.jettison.pc.internal;

import org.jspecify.annotations.NullMarked;
