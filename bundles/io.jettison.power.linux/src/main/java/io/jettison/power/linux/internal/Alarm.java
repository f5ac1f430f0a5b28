package io.jettison.power.linux.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The alarm of the real-time clock (Linux, Documentation/admin-guide/rtc.rst), which wakes the PC
 * if nothing else does. Somebody else's alarm is kept: it wakes if it is earlier, and stands again
 * afterwards if it is later.
 */
final class Alarm {
  private static final String FOLDER = "sys/class/rtc/rtc0/";
  private static final String ALARM = FOLDER + "wakealarm";
  private static final String NOW = FOLDER + "since_epoch";

  private final Kernel kernel;
  private OptionalLong others = OptionalLong.empty();
  private OptionalLong set = OptionalLong.empty();

  Alarm(Kernel kernel) {
    this.kernel = kernel;
  }

  boolean isThere() {
    return kernel.isWritable(ALARM) && now().isPresent();
  }

  /** Sets it; nothing happens on a PC that has none. */
  void set(Duration atMost) throws IOException {
    if (!isThere()) {
      return;
    }
    long now = now().getAsLong();
    long own = now + Math.max(1, atMost.plusNanos(999_999_999).toSeconds());
    others = number(kernel.read(ALARM));
    long first =
        others.isPresent() && others.getAsLong() > now ? Math.min(own, others.getAsLong()) : own;
    write(first);
    set = OptionalLong.of(first);
  }

  /** Whether its time has come. */
  boolean isDue() {
    OptionalLong now = now();
    return set.isPresent() && now.isPresent() && now.getAsLong() >= set.getAsLong();
  }

  /** Leaves it as it was. */
  void restore() throws IOException {
    if (set.isEmpty()) {
      return;
    }
    set = OptionalLong.empty();
    OptionalLong now = now();
    boolean later = others.isPresent() && now.isPresent() && others.getAsLong() > now.getAsLong();
    write(later ? others.getAsLong() : 0);
  }

  private void write(long seconds) throws IOException {
    kernel.write(ALARM, "0"); // one that is set is not replaced
    if (seconds > 0) {
      kernel.write(ALARM, Long.toString(seconds));
    }
  }

  private OptionalLong now() {
    return number(kernel.read(NOW));
  }

  private static OptionalLong number(Optional<String> text) {
    return text.filter(digits -> digits.matches("\\d{1,18}")).stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }
}
