package io.jettison.server.internal;

import io.jettison.api.memory.PageSet;
import org.jspecify.annotations.Nullable;

/**
 * What changed of one volume of a guest, and what of that its desktop lacks. In the guest's turn
 * only.
 */
final class Changes {
  private final PageSet all = new PageSet();
  private long staging;
  private @Nullable PageSet unsent;

  /** What changed and was harvested, also by rounds whose pages never arrived. */
  PageSet all() {
    return all;
  }

  /** More changed. */
  void add(PageSet fresh) {
    all.addAll(fresh);
    if (unsent != null) {
      unsent.addAll(fresh);
    }
  }

  /**
   * What one of the desktop's stagings lacks, to be kept up with what is sent: all of it, unless it
   * is the one that was asked about last.
   */
  PageSet unsent(long name) {
    PageSet known = unsent;
    if (known == null || staging != name) {
      known = all.copy();
      unsent = known;
      staging = name;
    }
    return known;
  }

  /** More may have changed than any staging is known to lack. */
  void forgetStaging() {
    unsent = null;
  }
}
