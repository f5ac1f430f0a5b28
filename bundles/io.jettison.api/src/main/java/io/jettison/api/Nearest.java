package io.jettison.api;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what was meant by a name that is not known. */
public final class Nearest {
  private static final int MOST_SLIPS = 3;

  private Nearest() {}

  /** The known name fewest slips away from the given one, if it is near. */
  public static Optional<String> to(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> slips(word, candidate) <= MOST_SLIPS)
        .min(Comparator.comparingInt(candidate -> slips(word, candidate)));
  }

  /** Levenshtein distance. */
  private static int slips(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int same = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(same, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
