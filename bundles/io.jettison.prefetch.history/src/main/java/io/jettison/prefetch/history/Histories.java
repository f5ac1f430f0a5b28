package io.jettison.prefetch.history;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Histories on disk, one file for each VM. A history is advice: one that is damaged, or of another
 * version, is none.
 */
public final class Histories {
  private static final Logger LOG = LoggerFactory.getLogger(Histories.class);
  private static final int MAGIC = 0x4a544832; // JTH2
  private static final int MOST = 1 << 24;

  private final Path folder;

  /** In a folder, which is created if need be. */
  public Histories(Path folder) {
    this.folder = folder;
  }

  /** Those of a policy in this runtime. */
  public static Histories of(BundleContext context, String policy) {
    return new Histories(
        Path.of(
                Optional.ofNullable(context.getProperty("jettison.state"))
                    .orElse("/var/lib/jettison"))
            .resolve("prefetch")
            .resolve(policy));
  }

  private Path file(String vm) {
    return folder.resolve(vm.replace('/', '~'));
  }

  /** The history of a VM; of no stay if there is none. */
  public History read(String vm) {
    CRC32C sum = new CRC32C();
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(new InflaterInputStream(Files.newInputStream(file(vm)))))) {
      DataInputStream checked = new DataInputStream(new CheckedInputStream(in, sum));
      int magic = checked.readInt();
      int count = checked.readInt();
      double touched = checked.readDouble();
      if (magic != MAGIC || count < 0 || count > MOST) {
        throw new IOException("it is of another version");
      }
      List<History.Page> pages = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        pages.add(new History.Page(checked.readLong(), checked.readFloat()));
      }
      List<History.Tally> tally = new ArrayList<>();
      for (int i = 0; i < History.STEPS; i++) {
        tally.add(new History.Tally(checked.readDouble(), checked.readDouble()));
      }
      if (in.readLong() != sum.getValue()) {
        throw new IOException("its check sum is wrong");
      }
      return new History(pages, touched, tally);
    } catch (NoSuchFileException e) {
      return History.NONE;
    } catch (IOException e) {
      LOG.warn("the history of {} begins anew: {}", vm, e.toString());
      return History.NONE;
    }
  }

  /** Keeps the history of a VM, whole or not at all. */
  public void write(String vm, History history) {
    try {
      Files.createDirectories(folder);
      Path unfinished = Files.createTempFile(folder, "history", ".new");
      CRC32C sum = new CRC32C();
      try (DataOutputStream out =
          new DataOutputStream(
              new BufferedOutputStream(
                  new DeflaterOutputStream(Files.newOutputStream(unfinished))))) {
        DataOutputStream checked = new DataOutputStream(new CheckedOutputStream(out, sum));
        checked.writeInt(MAGIC);
        checked.writeInt(history.pages().size());
        checked.writeDouble(history.touched());
        for (History.Page page : history.pages()) {
          checked.writeLong(page.pfn());
          checked.writeFloat((float) page.confidence());
        }
        for (History.Tally tally : history.tally()) {
          checked.writeDouble(tally.pages());
          checked.writeDouble(tally.touched());
        }
        out.writeLong(sum.getValue());
      }
      Files.move(
          unfinished,
          file(vm),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("the history of {} is not kept: {}", vm, e.toString());
    }
  }
}
