/**
 * The server's wake-up service (Bila et al. 2015, §6.1: remoteWakeup): knows the PCs that VMs came
 * from, which of them are believed asleep, and wakes them for what is needed of them.
 *
 * <p>Who asks a PC for something does it like this, for each request:
 *
 * <pre>
 *   if (pc.believedAwake()) {
 *     pc.touched();
 *   } else {
 *     pc.needed(need, context);
 *   }
 *   send the request
 *   …
 *   pc.answered(PAGE, vm, pfn)
 * </pre>
 *
 * A PC is believed asleep when it said so, when its link is gone, when it has answered nothing for
 * its wait timer t_w, or when a request has waited for an answer for too long. Wrongly believed
 * asleep it gets a wake-up that it does not notice; wrongly believed awake, it is woken when the
 * request was not answered. So nothing depends on the two hosts' agreeing.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.wakeup;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
