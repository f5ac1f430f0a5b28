/** Admission and placement of partial VMs. */
@NullMarked
package io.jettison.server.internal;

import org.jspecify.annotations.NullMarked;
