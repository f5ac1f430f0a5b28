/**
 * Context-aware selective resume (Bila et al. 2015, §7.1: CAESAR): the registry of context handlers
 * and what is done with them around a sleep.
 */
@NullMarked
package io.jettison.caesar.internal;

import org.jspecify.annotations.NullMarked;
