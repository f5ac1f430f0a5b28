package io.jettison.hypervisor.emulator.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.uffd.VmmProcess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An emulated guest's disk: at home a file, away an export, and the same blocks in both. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EmulatorDiskTest {
  private static final MemoryMap MEMORY = MemoryMap.ofBytes(32 << 20);
  private static final int DISK_BYTES = 48 << 20;
  private static final long BLOCKS = 4096;
  private static final String ID = "disk0";

  private Path folder;
  private Path image;
  private EmulatorDriver driver;
  private VmPlace home;
  private VmPlace away;
  private VmSpec spec;

  @BeforeEach
  void prepare() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "jed");
    image = folder.resolve("disk.raw");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
    }
    driver = new EmulatorDriver(folder.resolve("native"));
    home = place("home");
    away = place("away");
    spec =
        new VmSpec(
            "pc",
            EmulatorDriver.DRIVER,
            MEMORY,
            List.of(new Disk(ID, image.toString(), Disk.Kind.FOLLOWS)),
            Map.of("seed", "3", "cold", "8", "hot", "1", "tick", "10", "per-tick", "2"));
  }

  private VmPlace place(String name) throws IOException {
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "jed");
    return new VmPlace(memory, Files.createDirectories(folder.resolve(name)));
  }

  @AfterEach
  void end() throws IOException {
    driver.purge(spec, home);
    driver.purge(spec, away);
    Files.delete(home.memory());
    Files.delete(away.memory());
  }

  @Test
  void itsWritesAreVerifiedOverAReturn() throws Exception {
    LocalVm local = driver.boot(spec, home).orThrow();
    assertThat(ask(home, "disk-write 100")).containsEntry("blocks", "100");
    assertVerified(home);
    byte[] state = leave(local);
    ReturningVm returning = driver.prepareReturn(spec, home).orThrow();
    returning.load(Channels.newChannel(new ByteArrayInputStream(state))).orThrow();
    returning.run().orThrow();
    assertVerified(home);
  }

  @Test
  void whatIsChangedWhileItDoesNotRunIsSeenAfterwards() throws Exception {
    LocalVm local = driver.boot(spec, home).orThrow();
    assertThat(local.stop().isDone()).isTrue();
    // the third block of a run from the second half: no tick gets there
    write(BLOCKS / 8 / 2 * (DISK_BYTES / Pages.SIZE / (BLOCKS / 8)) + 2, new byte[Pages.SIZE]);
    local.run().orThrow();
    assertThat(ask(home, "disk-verify"))
        .containsEntry("blocks", "" + BLOCKS)
        .containsEntry("bad", "1");
  }

  @Test
  void aMissingImageIsRefused() throws Exception {
    Files.delete(image);
    assertThat(driver.boot(spec, home))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).contains("cannot open"));
  }

  @Test
  void itsBlocksFollowItAndComeHome() throws Exception {
    thereAndBack(true, Integer.MAX_VALUE);
  }

  @Test
  void requestsAreRepeatedToAServerThatHangsUp() throws Exception {
    thereAndBack(true, 7);
  }

  @Test
  void aServerThatDoesNotKnowGoIsUnderstood() throws Exception {
    thereAndBack(false, Integer.MAX_VALUE);
  }

  private void thereAndBack(boolean knowsGo, int lasts) throws Exception {
    byte[] state = leave(driver.boot(spec, home).orThrow());
    ReturningVm returning = driver.prepareReturn(spec, home).orThrow();
    PartialVm partial = driver.prepare(spec, away).orThrow();
    AtomicBoolean ended = new AtomicBoolean();
    Map<Long, byte[]> slice;
    byte[] back;
    try (Residual residual = driver.residual(spec, home).orThrow()) {
      Thread faults = serve(partial.memory(), residual, ended);
      partial.load(Channels.newChannel(new ByteArrayInputStream(state))).orThrow();
      partial.run().orThrow(); // its disk is not served yet
      NbdExport before = new NbdExport(away.disk(ID), ID, image, Map.of(), knowsGo, lasts);
      try (before) {
        assertThat(ask(away, "disk-write 100")).containsEntry("bad", "0");
        assertThat(ask(away, "disk-check 100")).containsEntry("bad", "0");
        assertThat(before.fetched()).as("only what was touched").isBetween(1L, BLOCKS / 2);
      }
      // the guest goes on writing: what was acknowledged is all there only now
      slice = before.slice();
      try (NbdExport export = new NbdExport(away.disk(ID), ID, image, slice, knowsGo, lasts)) {
        assertVerified(away);
        partial.stop().orThrow();
        assertThat(export.unflushed()).as("writes when it has stopped").isZero();
        slice = export.slice();
      }
      back = save(partial);
      PageSet dirty = partial.memory().dirty();
      ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);
      for (long pfn = dirty.next(0); pfn >= 0; pfn = dirty.next(pfn + 1)) {
        partial.memory().read(pfn, page.clear());
        returning.integrate(pfn, page.flip());
      }
      ended.set(true);
      faults.join();
      partial.destroy();
    }
    assertThat(slice).isNotEmpty();
    for (Map.Entry<Long, byte[]> block : slice.entrySet()) {
      write(block.getKey(), block.getValue());
    }
    returning.load(Channels.newChannel(new ByteArrayInputStream(back))).orThrow();
    returning.run().orThrow();
    assertVerified(home);
    assertThat(ask(home, "verify")).containsEntry("bad", "0");
  }

  private static byte[] leave(LocalVm vm) throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    vm.leave(Channels.newChannel(state)).orThrow();
    vm.retire();
    return state.toByteArray();
  }

  private static byte[] save(PartialVm vm) {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    vm.save(Channels.newChannel(state)).orThrow();
    return state.toByteArray();
  }

  private void write(long block, byte[] contents) throws IOException {
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(contents), Pages.offset(block));
    }
  }

  private static Thread serve(PagedMemory memory, Residual residual, AtomicBoolean ended) {
    ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);
    Thread thread =
        new Thread(
            () -> {
              while (!ended.get()) {
                memory.drain(
                    (pfn, write) -> {
                      try {
                        residual.read(pfn, page.clear());
                      } catch (IOException e) {
                        throw new IllegalStateException(e);
                      }
                      while (memory.install(pfn, page, 0) == PagedMemory.Installed.AGAIN) {}
                    });
                LockSupport.parkNanos(100_000);
              }
            });
    thread.start();
    return thread;
  }

  private static void assertVerified(VmPlace place) {
    assertThat(ask(place, "disk-verify"))
        .containsEntry("blocks", "" + BLOCKS)
        .containsEntry("bad", "0");
  }

  private static Map<String, String> ask(VmPlace place, String command) {
    VmmProcess process = VmmProcess.find(place.run()).orElseThrow();
    return new EmulatorVmm(process, place).ask(command).orThrow();
  }
}
