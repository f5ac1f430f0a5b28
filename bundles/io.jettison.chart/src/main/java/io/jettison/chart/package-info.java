/**
 * Pictures of what a PC did and what that took, as Fig. 15 of Bila et al. 2015: its power over
 * time. {@link Timeline} is what is drawn, {@link Chart} draws it.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.chart;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
