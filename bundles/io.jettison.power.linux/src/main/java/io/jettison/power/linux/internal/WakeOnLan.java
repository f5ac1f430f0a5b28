package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.wake.SecureOn;
import java.util.Optional;

/** Wake-on-LAN of a network card. */
interface WakeOnLan {
  /**
   * What a card can do and does.
   *
   * @param magic it can be woken by a magic packet
   * @param secure it can be told to want a password
   * @param magicOn it is woken by any magic packet for it
   * @param secureOn it is woken by one with a password only
   */
  record State(boolean magic, boolean secure, boolean magicOn, boolean secureOn) {}

  /** How it is; refused if the card has no Wake-on-LAN, or there is no such card. */
  Outcome<State> state(String card);

  /** Has the card wake the PC by magic packets, and by them alone. */
  Outcome<Nothing> enable(String card, Optional<SecureOn> password);
}
