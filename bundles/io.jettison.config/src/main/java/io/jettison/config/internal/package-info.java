/**
 * From one INI file to the configurations of the bundles: a section {@code [x.y]} is the
 * configuration {@code io.jettison.x.y}, a section {@code [x.y NAME]} one of the factory's of that
 * name, with {@code name = NAME}. Which keys there are is what the bundles' Metatype says.
 */
@NullMarked
package io.jettison.config.internal;

import org.jspecify.annotations.NullMarked;
