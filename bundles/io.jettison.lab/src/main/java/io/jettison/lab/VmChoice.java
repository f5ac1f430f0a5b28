package io.jettison.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Chooses the best VM this machine has, and says which and why. */
public final class VmChoice {
  private static final String BINARY = "qemu-system-x86_64";
  private static final Duration BUILD_LIMIT = Duration.ofMinutes(10);

  private final Options options;
  private final LabHome home;
  private final Talk talk;

  public VmChoice(Options options, LabHome home, Talk talk) {
    this.options = options;
    this.home = home;
    this.talk = talk;
  }

  /**
   * The VM to use.
   *
   * @throws LabException if the user asked for QEMU and it cannot be had
   */
  public VmSettings choose() throws LabException {
    if (options.vm().equals(Optional.of(VmKind.EMULATOR))) {
      talk.say("VM: emulator, as asked for");
      return new VmSettings.Emulator();
    }
    try {
      VmSettings.Qemu qemu = qemu();
      talk.say("VM: a Linux guest under QEMU (" + qemu.accelerator() + ")");
      return qemu;
    } catch (LabException e) {
      if (options.vm().isPresent() || options.disk().equals(Optional.of(DiskFormat.QCOW2))) {
        throw e;
      }
      talk.say("VM: emulator, because " + e.getMessage());
      return new VmSettings.Emulator();
    }
  }

  private VmSettings.Qemu qemu() throws LabException {
    if (!onPath(BINARY)) {
      throw new LabException(
          BINARY + " is not installed: apt-get install qemu-system-x86, or use --vm emulator");
    }
    Path images = images();
    Path kernel = images.resolve("vmlinuz");
    Path initrd = images.resolve("initrd.gz");
    boolean kvm = KvmProbe.boots(BINARY, kernel, initrd);
    if (!kvm && Files.exists(KvmProbe.DEVICE)) {
      talk.say("/dev/kvm is there, but the guest does not boot with it: software emulation");
    }
    return new VmSettings.Qemu(kernel, initrd, disk(images), kvm ? "kvm" : "tcg");
  }

  private Optional<Path> disk(Path images) throws LabException {
    if (options.guest() == GuestKind.BUSYBOX) {
      return Optional.empty();
    }
    build(home.desktopBuild(), images);
    return Optional.of(images.resolve("desktop.img"));
  }

  private Path images() throws LabException {
    Path folder = cache().resolve("guest");
    build(home.guestBuild(), folder);
    return folder;
  }

  private void build(Path script, Path folder) throws LabException {
    talk.say("building the guest, unless it is cached in " + folder);
    try {
      Files.createDirectories(folder);
      // labs may run side by side, and share the cache
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolveSibling("guest.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Ran ran = Ran.of(BUILD_LIMIT, Map.of(), List.of(script.toString(), folder.toString()));
        if (!lock.isValid() || ran.exit() != 0) {
          throw new LabException("the guest cannot be built: " + ran.complaint());
        }
      }
    } catch (IOException e) {
      throw new LabException("the guest cannot be built in " + folder, e);
    }
  }

  private static Path cache() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return base.resolve("jettison");
  }

  private static boolean onPath(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
    for (String folder : path.split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }
}
