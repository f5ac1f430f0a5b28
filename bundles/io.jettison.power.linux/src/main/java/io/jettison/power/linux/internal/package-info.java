/**
 * A PC with Linux: what puts it to sleep, what wakes it, and what it was woken by. All that the
 * kernel shows is read below one root, so that tests prepare a tree of their own.
 */
@NullMarked
package io.jettison.power.linux.internal;

import org.jspecify.annotations.NullMarked;
