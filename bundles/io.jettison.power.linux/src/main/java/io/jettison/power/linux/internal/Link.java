package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;

/** The link of a network card. */
interface Link {
  /** A link as it was. */
  @FunctionalInterface
  interface Before {
    /** Negotiates again, or whatever it did before. */
    Outcome<Nothing> restore();
  }

  /**
   * Fixes the speed, full duplex, without negotiation: a link that need not be negotiated is there
   * sooner after a wake.
   *
   * @return how it was; refused if the card cannot
   */
  Outcome<Before> pin(String card, int megabits);
}
