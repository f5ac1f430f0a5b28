package io.jettison.wakeup.internal;

import io.jettison.api.Outcome.Done;
import io.jettison.wire.wake.HardwareAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel's table of IPv4 neighbours. */
final class Neighbours {
  private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

  /** Columns of /proc/net/arp. */
  private static final int ADDRESS = 0;

  private static final int FLAGS = 2;
  private static final int HARDWARE = 3;
  private static final int COLUMNS = 6;
  private static final int COMPLETE = 0x2;

  private final Path table;

  Neighbours(Path table) {
    this.table = table;
  }

  /** The hardware address of a neighbour it has talked to lately. */
  OptionalLong of(InetAddress address) {
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length >= COLUMNS
            && columns[ADDRESS].equals(address.getHostAddress())
            && (Integer.decode(columns[FLAGS]) & COMPLETE) != 0) {
          return HardwareAddress.parse(columns[HARDWARE]) instanceof Done<Long> done
              ? OptionalLong.of(done.value())
              : OptionalLong.empty();
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.warn("the table of neighbours {} cannot be read", table, e);
    }
    return OptionalLong.empty();
  }
}
