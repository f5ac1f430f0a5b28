package io.jettison.desktop.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the stays of each VM were, by which a policy may guess how long the next will be. A file
 * for each VM, a line of milliseconds for each stay, the oldest first. Not thread-safe.
 */
final class EarlierStays {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierStays.class);
  private static final int MOST = 64;

  private final Path folder;
  private final Map<String, List<Duration>> known = new HashMap<>();

  /** In a folder that need not be there. */
  EarlierStays(Path folder) {
    this.folder = folder;
  }

  List<Duration> of(String vm) {
    return known.computeIfAbsent(vm, this::read);
  }

  private List<Duration> read(String vm) {
    List<Duration> stays = new ArrayList<>();
    try {
      if (Files.exists(folder.resolve(vm))) {
        for (String line : Files.readAllLines(folder.resolve(vm))) {
          stays.add(Duration.ofMillis(Long.parseLong(line.strip())));
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.warn("how long {} was away earlier cannot be read, and is not used", vm, e);
      stays.clear();
    }
    return stays;
  }

  /** A stay is over. */
  void add(String vm, Duration stay) {
    List<Duration> stays = of(vm);
    stays.add(stay);
    if (stays.size() > MOST) {
      stays.remove(0);
    }
    try {
      Files.createDirectories(folder);
      Path fresh = folder.resolve(vm + ".new");
      Files.write(fresh, stays.stream().map(each -> String.valueOf(each.toMillis())).toList());
      Files.move(fresh, folder.resolve(vm), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("how long {} was away is forgotten at the next start", vm, e);
    }
  }
}
