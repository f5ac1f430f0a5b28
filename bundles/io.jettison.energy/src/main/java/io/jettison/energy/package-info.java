/**
 * The books of energy: what PCs used while their VMs were away, what idling would have cost, and by
 * which meter a figure is (Bila et al. 2015, §6.2.2).
 */
@Version("1.2.0")
@Export
@NullMarked
package io.jettison.energy;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
