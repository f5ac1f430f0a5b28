package io.jettison.wire;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;

/**
 * A server's answer to a {@link Hello}.
 *
 * @param outcome whether the link is accepted, and if not, why and what to do
 */
public record Welcome(Outcome<Nothing> outcome) {
  /** The link may be used. */
  public static Welcome accepted() {
    return new Welcome(Outcome.done());
  }

  /** The server will close the link. */
  public static Welcome refused(String reason, String remedy) {
    return new Welcome(new Refused<>(reason, remedy));
  }
}
