package io.jettison.wakeup.internal;

import io.jettison.api.Outcome.Done;
import io.jettison.wakeup.internal.PcAddress.Learned;
import io.jettison.wire.wake.HardwareAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was learned of PCs, a line {@code NAME HARDWARE ADDRESS} each: a server that starts
 * anew must wake PCs that cannot say hello before.
 */
final class PcFile {
  private static final Logger LOG = LoggerFactory.getLogger(PcFile.class);
  private static final String UNKNOWN = "-";
  private static final int COLUMNS = 3;

  private final Path file;

  PcFile(Path file) {
    this.file = file;
  }

  Map<String, Learned> read() {
    Map<String, Learned> pcs = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        String[] columns = line.split(" ", -1);
        if (columns.length == COLUMNS) {
          pcs.put(columns[0], new Learned(hardware(columns[1]), address(columns[2])));
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("no PCs are known yet");
    } catch (IOException e) {
      LOG.warn("what was known of PCs cannot be read", e);
    }
    return pcs;
  }

  private static OptionalLong hardware(String text) {
    return HardwareAddress.parse(text) instanceof Done<Long> done
        ? OptionalLong.of(done.value())
        : OptionalLong.empty();
  }

  private static Optional<InetAddress> address(String text) {
    return Literals.of(text) instanceof Done<InetAddress> done
        ? Optional.of(done.value())
        : Optional.empty();
  }

  void write(Map<String, Learned> pcs) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(pcs)
        .forEach(
            (name, pc) ->
                text.append(name)
                    .append(' ')
                    .append(
                        pc.hardware().isPresent()
                            ? HardwareAddress.format(pc.hardware().getAsLong())
                            : UNKNOWN)
                    .append(' ')
                    .append(pc.address().map(InetAddress::getHostAddress).orElse(UNKNOWN))
                    .append('\n'));
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("what is known of PCs cannot be kept: after a restart they must call first", e);
    }
  }
}
