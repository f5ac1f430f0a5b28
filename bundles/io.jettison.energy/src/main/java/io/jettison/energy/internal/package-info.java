/**
 * Power profiles of the configuration and of the bundle, and meters: processors by RAPL, plugs by
 * HTTP. Meters are asked in the background, since a service that is asked for a figure must not
 * wait for a plug.
 */
@NullMarked
package io.jettison.energy.internal;

import org.jspecify.annotations.NullMarked;
