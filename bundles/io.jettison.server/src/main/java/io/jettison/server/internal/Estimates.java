package io.jettison.server.internal;

import io.jettison.vm.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many pages each VM is expected to take, learned from stay to stay as TCP learns its
 * retransmission timeout (Jacobson 1988): the mean of what it took and four mean deviations, recent
 * stays counting more. Kept in a file, which is advice: a damaged line is forgotten. Thread-safe.
 */
final class Estimates {
  private static final Logger LOG = LoggerFactory.getLogger(Estimates.class);
  private static final double MEAN_GAIN = 1 / 8.0;
  private static final double DEVIATION_GAIN = 1 / 4.0;
  private static final int DEVIATIONS = 4;

  private record Learned(double mean, double deviation) {
    static Learned first(long pages) {
      return new Learned(pages, pages / 2.0);
    }

    Learned after(long pages) {
      double error = pages - mean;
      return new Learned(
          mean + MEAN_GAIN * error, deviation + DEVIATION_GAIN * (Math.abs(error) - deviation));
    }

    long pages() {
      return Math.round(mean + DEVIATIONS * deviation);
    }
  }

  private final Path file;
  private final Map<String, Learned> learned = new HashMap<>();

  Estimates(Places places) {
    this.file = places.state().resolve("server").resolve("estimates");
    read();
  }

  private void read() {
    try {
      for (String line : Files.readAllLines(file)) {
        String[] words = line.split(" ", -1);
        try {
          learned.put(
              words[0], new Learned(Double.parseDouble(words[1]), Double.parseDouble(words[2])));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
          LOG.warn("a line of {} is not understood: {}", file, line);
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("nothing is known of any VM yet");
    } catch (IOException e) {
      LOG.warn("what was learned of VMs cannot be read", e);
    }
  }

  /**
   * Pages a VM is expected to take.
   *
   * @param guess what to expect of one that never was here
   * @param most pages it has
   */
  synchronized long of(String vm, long guess, long most) {
    Learned known = learned.get(vm);
    return Math.min(most, known == null ? guess : known.pages());
  }

  /** A stay ended, in which the VM took so many pages. */
  synchronized void learn(String vm, long pages) {
    Learned known = learned.get(vm);
    learned.put(vm, known == null ? Learned.first(pages) : known.after(pages));
    StringBuilder text = new StringBuilder();
    learned.forEach(
        (name, l) ->
            text.append(name + " " + Math.round(l.mean) + " " + Math.round(l.deviation) + "\n"));
    try {
      Files.createDirectories(file.getParent());
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("what was learned of VMs is not kept", e);
    }
  }
}
