/** The wake-up service, and wakers by UDP and raw Ethernet. */
@NullMarked
package io.jettison.wakeup.internal;

import org.jspecify.annotations.NullMarked;
