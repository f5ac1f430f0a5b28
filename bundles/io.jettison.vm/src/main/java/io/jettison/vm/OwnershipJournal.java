package io.jettison.vm;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.wire.WireException;
import io.jettison.wire.control.VmSpecCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The durable record of who owns each VM: one small text file per VM, replaced as a whole (write to
 * a temporary file, fsync, rename, fsync of the folder), so that a crash at any moment leaves the
 * old record or the new one. Thread-safe for different VMs; calls for one VM are serialised by the
 * caller.
 */
public final class OwnershipJournal {
  private static final String HEADER = "jettison-ownership 1";
  private static final String SUFFIX = ".owner";

  private final Path folder;

  /**
   * Opens a journal.
   *
   * @param folder created if it is not there; on a disk
   * @throws IOException if it cannot be created
   */
  public OwnershipJournal(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
  }

  /**
   * Makes a record durable: it has survived a power failure when this returns.
   *
   * @throws IOException if it could not be made durable; the earlier record may or may not have
   *     been replaced
   */
  public void write(Ownership ownership) throws IOException {
    prepare(ownership);
    publish(ownership.vm());
    settle();
  }

  /**
   * Makes a record survive the death of this process, not that of the host. For what a power
   * failure makes pointless, since the VM's memory goes with it.
   *
   * @throws IOException if it could not be written
   */
  public void note(Ownership ownership) throws IOException {
    prepareNote(ownership);
    publish(ownership.vm());
  }

  /**
   * Takes the time ahead that a record needs: until it is published, the earlier one counts.
   *
   * @throws IOException if it could not be written
   */
  public void prepare(Ownership ownership) throws IOException {
    prepare(ownership, true);
  }

  /**
   * Has the record count that was prepared last. It survives the death of this process; that of the
   * host it may survive before it is {@linkplain #settle settled}, and does afterwards.
   *
   * @throws IOException if it could not be published; it may or may not count
   */
  public void publish(String vm) throws IOException {
    Path file = file(vm);
    Files.move(
        temporary(file), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Makes every record that was prepared and published durable.
   *
   * @throws IOException if that is not sure
   */
  public void settle() throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /**
   * As {@link #prepare}, of a record that is {@linkplain #note noted}.
   *
   * @throws IOException if it could not be written
   */
  public void prepareNote(Ownership ownership) throws IOException {
    prepare(ownership, false);
  }

  private void prepare(Ownership ownership, boolean durable) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            temporary(file(ownership.vm())),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(format(ownership).getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (durable) {
        channel.force(false);
      }
    }
  }

  private static Path temporary(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  /**
   * The record of a VM.
   *
   * @return empty if there never was one
   * @throws IOException if it cannot be read or is damaged: then nothing may be assumed about who
   *     owns the VM
   */
  public Optional<Ownership> read(String vm) throws IOException {
    try {
      return Optional.of(parse(vm, Files.readString(file(vm))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Names of all VMs with a record.
   *
   * @throws IOException if the folder cannot be read
   */
  public List<String> vms() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX)) {
          names.add(name.substring(0, name.length() - SUFFIX.length()).replace('~', '/'));
        }
      }
    }
    return names;
  }

  /**
   * Forgets a VM.
   *
   * @throws IOException if the record cannot be removed
   */
  public void delete(String vm) throws IOException {
    Files.deleteIfExists(file(vm));
  }

  // VM names have no '~' and at most one '/', between a server's desktop and VM names.
  private Path file(String vm) {
    return folder.resolve(vm.replace('/', '~') + SUFFIX);
  }

  static String format(Ownership o) {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    text.append("phase=").append(o.phase()).append('\n');
    text.append("epoch=").append(o.epoch()).append('\n');
    text.append("peer=").append(o.peer()).append('\n');
    text.append("detail=").append(o.detail().replace('\n', ' ')).append('\n');
    o.spec().ifPresent(s -> text.append("spec=").append(encode(s)).append('\n'));
    return text + "check=" + check(text) + "\n";
  }

  static Ownership parse(String vm, String text) throws IOException {
    int checkAt = text.lastIndexOf("check=");
    if (!text.startsWith(HEADER + "\n")
        || checkAt < 0
        || !text.substring(checkAt).equals("check=" + check(text.substring(0, checkAt)) + "\n")) {
      throw damaged(vm, "its check sum is wrong", null);
    }
    Map<String, String> fields = new HashMap<>();
    for (String line : text.substring(0, checkAt).split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        fields.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    try {
      String spec = fields.get("spec");
      return new Ownership(
          vm,
          Ownership.Phase.valueOf(fields.getOrDefault("phase", "")),
          Long.parseLong(fields.getOrDefault("epoch", "")),
          fields.getOrDefault("peer", ""),
          spec == null ? Optional.empty() : Optional.of(decode(spec)),
          fields.getOrDefault("detail", ""));
    } catch (IllegalArgumentException | WireException e) {
      throw damaged(vm, String.valueOf(e.getMessage()), e);
    }
  }

  private static IOException damaged(String vm, String why, @Nullable Throwable cause) {
    return new IOException(
        "the ownership record of "
            + vm
            + " is damaged: "
            + why
            + " (make sure the VM runs on no other host, then delete the record)",
        cause);
  }

  private static String encode(VmSpec spec) {
    ByteBuffer bytes = ByteBuffer.allocate(VmSpecCodec.MAX_BYTES);
    VmSpecCodec.encode(spec, bytes);
    byte[] exact = new byte[bytes.flip().remaining()];
    bytes.get(exact);
    return Base64.getEncoder().encodeToString(exact);
  }

  private static VmSpec decode(String base64) throws WireException {
    return VmSpecCodec.decode(ByteBuffer.wrap(Base64.getDecoder().decode(base64)));
  }

  private static String check(CharSequence text) {
    CRC32C crc = new CRC32C();
    crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
