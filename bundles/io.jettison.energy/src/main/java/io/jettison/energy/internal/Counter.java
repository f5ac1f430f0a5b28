package io.jettison.energy.internal;

import java.io.IOException;

/** A device that counts energy. */
interface Counter {
  /**
   * Its count in joules. May begin anew at 0, as when a plug was without power. May block for some
   * seconds.
   *
   * @throws IOException if it does not answer, or with something else
   */
  double joules() throws IOException;
}
