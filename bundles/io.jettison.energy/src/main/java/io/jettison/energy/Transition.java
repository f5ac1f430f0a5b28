package io.jettison.energy;

/**
 * A PC changed its state.
 *
 * @param nanos when, by the ledger's clock
 * @param pc which
 * @param state what it does from then on
 * @param reason one line, for people: which VM, which page, which policy
 */
public record Transition(long nanos, String pc, PcState state, String reason) {}
