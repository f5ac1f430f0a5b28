package io.jettison.hypervisor.qemu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.uffd.Shim;
import io.jettison.uffd.VmmProcess;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest without an operating system, under a real QEMU, goes through the driver and back. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QemuDriverTest {
  private static final String BINARY = "qemu-system-x86_64";
  private static final MemoryMap MEMORY = MemoryMap.ofBytes(64 << 20);
  private static final long RETRY_MILLIS = 100;

  /** The number of futex(2). */
  private static final String FUTEX = "202 ";

  /** QEMU's times are of another clock, which somebody may be setting. */
  private static final long CLOCKS_APART_NANOS = 1_000_000_000;

  private Path folder;
  private QemuDriver driver;
  private VmPlace home;
  private VmPlace away;
  private VmSpec spec;

  @BeforeEach
  void prepare() throws IOException {
    folder = Files.createTempDirectory(Path.of("/tmp"), "jqd");
    driver = new QemuDriver(BINARY, "auto", folder.resolve("native"));
    home = place("home");
    away = place("away");
  }

  private VmPlace place(String name) throws IOException {
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "jqd");
    return new VmPlace(memory, Files.createDirectories(folder.resolve(name)));
  }

  private VmSpec spec(String accelerator) throws IOException {
    Path kernel =
        Shim.extract(Accelerator.class, "/linux-x86-64/bare-guest.elf", folder.resolve("native"));
    // whose locks go from one QEMU to the other and back
    Path shared = folder.resolve("shared.raw");
    try (RandomAccessFile image = new RandomAccessFile(shared.toFile(), "rw")) {
      image.setLength(1 << 20);
    }
    return new VmSpec(
        "bare",
        QemuDriver.DRIVER,
        MEMORY,
        List.of(new Disk("disk0", shared.toString(), Disk.Kind.SHARED)),
        Map.of(
            Machine.MACHINE,
            driver.machine().orThrow(),
            Machine.ACCELERATOR,
            accelerator,
            Machine.CPUS,
            "1",
            Machine.KERNEL,
            kernel.toString()));
  }

  @AfterEach
  void end() throws IOException {
    if (spec != null) {
      driver.purge(spec, home);
      driver.purge(spec, away);
    }
    Files.delete(home.memory());
    Files.delete(away.memory());
  }

  @Test
  void aGuestIsPagedUnderSoftwareEmulation() throws Exception {
    thereAndBack(Accelerator.TCG);
  }

  @Test
  void aGuestIsPagedUnderKvm() throws Exception {
    assumeTrue(
        Accelerator.kvm(BINARY, folder.resolve("native")).isDone(),
        "no guest boots under KVM here");
    thereAndBack(Accelerator.KVM);
  }

  private void thereAndBack(String accelerator) throws Exception {
    spec = spec(accelerator);
    LocalVm local = driver.boot(spec, home).orThrow();
    awaitReady(home);
    assertThat(ask(home, "dirty 8")).isEqualTo("OK pages=8 bad=0");
    assertThat(local.stop().isDone()).isTrue();
    ByteArrayOutputStream descriptor = new ByteArrayOutputStream();
    long length = local.save(Channels.newChannel(descriptor)).orThrow();
    assertThat(length).isEqualTo(descriptor.size()).isPositive();
    local.detach(); // as a daemon that ends; the next one finds the guest again
    LocalVm again = driver.attach(spec, home).orThrow();
    assertThat(again.state()).isEqualTo(RunState.STOPPED);
    again.retire();

    PartialVm partial = driver.prepare(spec, away).orThrow();
    assertThat(partial.memory().resident().isEmpty()).as("nothing is there yet").isTrue();
    AtomicLong fetched = new AtomicLong();
    AtomicBoolean ended = new AtomicBoolean();
    Thread faults;
    PageSet dirty;
    ByteArrayOutputStream back = new ByteArrayOutputStream();
    try (Residual residual = driver.residual(spec, home).orThrow();
        Waiting waiting = new Waiting(driver.prepareReturn(spec, home).orThrow())) {
      faults = serve(partial.memory(), residual, fetched, ended);
      partial
          .load(Channels.newChannel(new ByteArrayInputStream(descriptor.toByteArray())))
          .orThrow();
      assertThat(partial.state()).isEqualTo(RunState.STOPPED);
      long before = System.nanoTime();
      partial.run().orThrow();
      assertThat(partial.runsSinceNanos().orElseThrow())
          .isBetween(before - CLOCKS_APART_NANOS, System.nanoTime());
      assertThat(ask(away, "verify")).isEqualTo("OK pages=64 bad=0");
      assertThat(fetched.get()).isBetween(64L, 2048L);
      assertThat(ask(away, "dirty 5")).isEqualTo("OK pages=5 bad=0");
      partial.stop().orThrow();
      partial.save(Channels.newChannel(back)).orThrow();
      dirty = partial.memory().dirty();
      if (partial.memory().tracksWrites()) {
        // its five pages, its stack and versions, and what the devices wrote
        assertThat(dirty.size()).isBetween(5L, 60L);
      }
      ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);
      for (long pfn = dirty.next(0); pfn >= 0; pfn = dirty.next(pfn + 1)) {
        partial.memory().read(pfn, page.clear());
        waiting.vm.integrate(pfn, page.flip());
      }
      ended.set(true);
      faults.join();
      partial.destroy();
      waiting.vm.load(Channels.newChannel(new ByteArrayInputStream(back.toByteArray()))).orThrow();
      waiting.vm.run().orThrow();
    }
    assertThat(ask(home, "verify")).isEqualTo("OK pages=64 bad=0");
    assertThat(ask(home, "touch 8")).isEqualTo("OK pages=8 bad=0");
  }

  /** A guest that came up and left home while it ran. */
  private LocalVm bootAndLeave(ByteArrayOutputStream descriptor) throws IOException {
    spec = spec(Accelerator.TCG);
    LocalVm local = driver.boot(spec, home).orThrow();
    awaitReady(home);
    local.leave(Channels.newChannel(descriptor)).orThrow();
    return local;
  }

  @Test
  void aGuestThatLeavesWhileItRunsWaitsWhereItArrives() throws Exception {
    ByteArrayOutputStream descriptor = new ByteArrayOutputStream();
    LocalVm local = bootAndLeave(descriptor);
    assertThat(local.state()).isEqualTo(RunState.STOPPED);

    PartialVm partial = driver.prepare(spec, away).orThrow();
    AtomicBoolean ended = new AtomicBoolean();
    try (Residual residual = driver.residual(spec, home).orThrow()) {
      Thread faults = serve(partial.memory(), residual, new AtomicLong(), ended);
      partial
          .load(Channels.newChannel(new ByteArrayInputStream(descriptor.toByteArray())))
          .orThrow();
      assertThat(partial.state()).as("it may still go on at home").isEqualTo(RunState.STOPPED);
      partial.destroy();
      ended.set(true);
      faults.join();
    }
    local.run().orThrow();
    assertThat(ask(home, "verify")).isEqualTo("OK pages=64 bad=0");
  }

  @Test
  void aGuestThatWaitsForAPageWhileItIsBeingStoppedIsFoundAgain() throws Exception {
    ByteArrayOutputStream descriptor = new ByteArrayOutputStream();
    bootAndLeave(descriptor);
    PartialVm partial = driver.prepare(spec, away).orThrow();
    try (Residual residual = driver.residual(spec, home).orThrow()) {
      AtomicBoolean ended = new AtomicBoolean();
      Thread faults = serve(partial.memory(), residual, new AtomicLong(), ended);
      partial
          .load(Channels.newChannel(new ByteArrayInputStream(descriptor.toByteArray())))
          .orThrow();
      ended.set(true);
      faults.join();
      partial.run().orThrow();
      CompletableFuture<String> verified =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return ask(away, "verify");
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      // a daemon that ends with a fault in hand, just after it said that the guest is to stop
      AtomicBoolean waits = new AtomicBoolean();
      while (!waits.get()) {
        partial.memory().drain((pfn, write) -> waits.set(true));
      }
      partial.detach();
      tellToStop(away);

      PartialVm again = driver.reattach(spec, away).orThrow();
      assertThat(again.state()).isEqualTo(RunState.RUNNING);
      ended.set(false);
      faults = serve(again.memory(), residual, new AtomicLong(), ended);
      again.memory().retry();
      while (again.state() != RunState.STOPPED) {
        Thread.onSpinWait();
      }
      again.run().orThrow();
      assertThat(verified.get()).isEqualTo("OK pages=64 bad=0");
      ended.set(true);
      faults.join();
    }
  }

  private static void tellToStop(VmPlace place) throws IOException {
    try (SocketChannel qmp = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      qmp.connect(UnixDomainSocketAddress.of(QemuVmm.socket(place)));
      BufferedReader answers =
          new BufferedReader(Channels.newReader(qmp, StandardCharsets.US_ASCII));
      String commands = "{'execute': 'qmp_capabilities', 'id': 1} {'execute': 'stop'}";
      qmp.write(ByteBuffer.wrap(commands.getBytes(StandardCharsets.US_ASCII)));
      while (!answers.readLine().contains("\"id\": 1")) {} // the greeting, events
      // its main thread waits for the vCPU: before that, it would forget what it was told
      Path call =
          Path.of("/proc", "" + VmmProcess.find(place.run()).orElseThrow().pid(), "syscall");
      while (!Files.readString(call).startsWith(FUTEX)) {
        Thread.onSpinWait();
      }
    }
  }

  /** Closes by doing nothing: the VM runs on in it. */
  private record Waiting(ReturningVm vm) implements AutoCloseable {
    @Override
    public void close() {}
  }

  private static Thread serve(
      PagedMemory memory, Residual residual, AtomicLong fetched, AtomicBoolean ended) {
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
                      fetched.incrementAndGet();
                    });
                java.util.concurrent.locks.LockSupport.parkNanos(100_000);
              }
            });
    thread.start();
    return thread;
  }

  /** Waits for the guest to come up: until it answers, what is said to it may be lost. */
  private static void awaitReady(VmPlace place) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(Machine.serial(place)));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      do {
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        selector.selectedKeys().clear();
      } while (selector.select(RETRY_MILLIS) == 0);
    }
  }

  private static String ask(VmPlace place, String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(Machine.serial(place)));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      BufferedReader answers =
          new BufferedReader(Channels.newReader(channel, StandardCharsets.US_ASCII));
      String line = answers.readLine();
      while (!line.startsWith("OK")) { // what it said to an earlier connection
        line = answers.readLine();
      }
      return line;
    }
  }

  @Test
  void theGuestOfRehearsalsRewritesItsMemory() throws IOException {
    spec = driver.rehearsal("rehearsal").orThrow();
    driver.boot(spec, home).orThrow();
    ByteBuffer last = ByteBuffer.allocateDirect(Pages.SIZE);
    try (Residual memory = driver.residual(spec, home).orThrow()) {
      long pfn = (16 << 20 >> Pages.SHIFT) + 1023; // the last one it fills
      changed(memory, pfn, last);
      changed(memory, pfn, last);
      assertThat(memory.populated().size()).isGreaterThan(1024);
    }
  }

  private static void changed(Residual memory, long pfn, ByteBuffer last) throws IOException {
    ByteBuffer now = ByteBuffer.allocateDirect(Pages.SIZE);
    do {
      memory.read(pfn, now.clear());
    } while (now.flip().equals(last.clear()));
    last.clear().put(now);
  }

  @Test
  void aMissingQemuIsToldWithTheWayOut() throws IOException {
    QemuDriver none = new QemuDriver("/nonexistent/qemu", "tcg", folder.resolve("native"));
    assertThat(none.check())
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.reason()).contains("QEMU is missing");
              assertThat(refused.remedy()).contains("apt install qemu-system-x86");
            });
  }

  @Test
  void aDiskThatIsNotRawIsRefused() throws IOException {
    Path image = folder.resolve("disk.qcow2");
    Files.write(image, new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3});
    assertThat(RawImage.check(image))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.remedy()).contains("qemu-img convert"));
  }
}
