/**
 * Words every part of Jettison shares.
 *
 * <p>This bundle is the only thing an add-on compiles against. Packages are semantically versioned:
 * an interface marked {@code @ProviderType} is implemented by Jettison and may gain methods in a
 * minor version; one marked {@code @ConsumerType} is implemented by add-ons and does not.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
