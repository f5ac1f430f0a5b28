/** What earlier stays of VMs touched. Copied into the policies that use it. */
@NullMarked
package io.jettison.prefetch.history;

import org.jspecify.annotations.NullMarked;
