/**
 * The lab: two hosts and the network between them on one machine, and a VM that moves out and comes
 * home while every page of it is checked.
 *
 * <p>The hosts are daemons of the shipped distributions, driven only by their {@code bin/jettison},
 * as a user would. Nothing here is loaded into a host.
 */
@NullMarked
package io.jettison.lab;

import org.jspecify.annotations.NullMarked;
