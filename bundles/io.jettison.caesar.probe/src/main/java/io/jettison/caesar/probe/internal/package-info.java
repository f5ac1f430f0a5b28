/** Answers health probes while the PC sleeps. */
@NullMarked
package io.jettison.caesar.probe.internal;

import org.jspecify.annotations.NullMarked;
