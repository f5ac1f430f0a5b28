package io.jettison.disksrv.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.disksrv.Disksrv.Serving;
import io.jettison.memsrv.internal.Packing;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.transport.tcp.internal.TcpTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disksrv and Memsrv on one end of a TCP link, a reader of blocks on the other. */
class DiskServerTest {
  private static final int BYTES = (4 << 20) + 512;
  private static final int BLOCKS = (int) Pages.holding(BYTES);
  private static final long EPOCH = 7;

  @TempDir private Path folder;
  private final TcpTransport transport = new TcpTransport();
  private final PageServer memsrv = new PageServer(transport, "desk", Packing.When.NEVER);
  private final DiskServer disksrv = new DiskServer(memsrv);
  private final byte[] contents = Images.contents(BYTES, 9);
  private BlockReader reader;
  private Qcow2Format qcow2;

  @BeforeEach
  void open() throws IOException {
    reader = new BlockReader(transport, EPOCH);
    qcow2 = new Qcow2Format(folder.resolve("run"));
  }

  @AfterEach
  void close() throws IOException {
    disksrv.close();
    memsrv.close();
    reader.close();
    transport.close();
    qcow2.close();
  }

  private DiskFormat format(String name) {
    return name.equals("raw") ? new RawFormat() : qcow2;
  }

  private void add(String name, DiskFormat format) {
    disksrv.addFormat(format, Map.of(DiskFormat.NAME, name));
  }

  private VmSpec.Disk disk(String format) throws IOException {
    Path image = folder.resolve("disk." + format);
    Path made = format.equals("raw") ? Images.raw(image, contents) : Images.qcow2(image, contents);
    return new VmSpec.Disk("hd0", made.toString(), VmSpec.Disk.Kind.FOLLOWS, format, 0);
  }

  private Serving prepare(String format) throws IOException {
    VmSpec.Disk disk = disksrv.examine(disk(format)).orThrow();
    assertThat(disk.bytes()).isEqualTo(BYTES);
    return disksrv.prepare("pc", EPOCH, disk, reader.address()).orThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void requestsWaitUntilTheVmHasLeft(String name) throws Exception {
    add(name, format(name));
    try (Serving serving = prepare(name)) {
      reader.awaitLink();
      CompletableFuture<ByteBuffer> early = reader.read(0, 200);
      assertThat(early).isNotDone();
      serving.begin();
      assertThat(early.get()).isEqualTo(Images.blocks(contents, 0, 200));
      for (int first = 0; first < BLOCKS; first += 64) {
        int count = Math.min(64, BLOCKS - first);
        assertThat(reader.read(first, count).get())
            .isEqualTo(Images.blocks(contents, first, count));
      }
      assertThat(reader.greeted()).isEqualTo("pc/hd0");
      assertThat(serving.linked()).isTrue();
      long full = 0;
      for (int block = 0; block < BLOCKS; block++) {
        boolean empty = Images.blocks(contents, block, 1).equals(ByteBuffer.allocate(Pages.SIZE));
        full += empty ? 0 : 1;
        assertThat(empty || serving.allocated().contains(block)).isTrue();
      }
      assertThat(serving.blocksSent()).isGreaterThanOrEqualTo(full);
      assertThat(serving.bytesSent()).isGreaterThan(full << Pages.SHIFT);
      assertThat(System.nanoTime() - serving.lastRequestNanos()).isPositive();
      assertThatThrownBy(() -> reader.read(BLOCKS, 1).get()).hasMessageContaining("no blocks");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void anImageThatCannotBeOpenedYetIsTriedAgain(String name) throws Exception {
    Counted counted = new Counted(format(name));
    add(name, counted);
    try (Serving serving = prepare(name)) {
      Path image = folder.resolve("disk." + name);
      Path away = Files.move(image, folder.resolve("away"));
      reader.awaitLink();
      serving.begin();
      CompletableFuture<ByteBuffer> waiting = reader.read(3, 5);
      counted.attempts.acquire(2);
      assertThat(waiting).isNotDone();
      Files.move(away, image);
      assertThat(waiting.get()).isEqualTo(Images.blocks(contents, 3, 5));
      assertThat(serving.allocated().isEmpty()).isFalse();
    }
  }

  @Test
  void anImageOfAnotherSizeIsNotServed() throws Exception {
    Counted counted = new Counted(new RawFormat());
    add("raw", counted);
    try (Serving serving = prepare("raw")) {
      Path image = folder.resolve("disk.raw");
      Files.write(image, new byte[BYTES + 4096]);
      serving.begin();
      reader.awaitLink();
      CompletableFuture<ByteBuffer> waiting = reader.read(3, 5);
      counted.attempts.acquire(2);
      assertThat(waiting).isNotDone();
      Images.raw(image, contents);
      assertThat(waiting.get()).isEqualTo(Images.blocks(contents, 3, 5));
    }
  }

  /** Counts what it opens, and closes with them. */
  private static final class Counted implements DiskFormat {
    private final DiskFormat format;
    private final AtomicInteger opened = new AtomicInteger();

    /** One for each time an image was to be opened. */
    final Semaphore attempts = new Semaphore(0);

    /** What happens while it opens one. */
    Runnable meanwhile = () -> {};

    Counted(DiskFormat format) {
      this.format = format;
    }

    @Override
    public Outcome<Long> bytes(Path image) {
      return format.bytes(image);
    }

    @Override
    public Outcome<DiskImage> open(Path image) {
      opened.incrementAndGet();
      attempts.release();
      meanwhile.run();
      return format.open(image);
    }

    @Override
    public Outcome<DiskTarget> openTarget(Path image) {
      return format.openTarget(image);
    }
  }

  @Test
  void aFormatCanBeReplacedWhileItsImageIsRead() throws Exception {
    Counted first = new Counted(qcow2);
    add("qcow2", first);
    try (Serving serving = prepare("qcow2")) {
      serving.begin();
      reader.awaitLink();
      assertThat(reader.read(0, 16).get()).isEqualTo(Images.blocks(contents, 0, 16));
      long sent = serving.blocksSent();
      disksrv.removeFormat(first, Map.of(DiskFormat.NAME, "qcow2"));
      CompletableFuture<ByteBuffer> waiting = reader.read(100, 16);
      Counted second = new Counted(qcow2);
      add("qcow2", second);
      assertThat(waiting.get()).isEqualTo(Images.blocks(contents, 100, 16));
      assertThat(first.opened).hasValue(1);
      assertThat(second.opened).hasValue(1);
      assertThat(serving.blocksSent()).isGreaterThanOrEqualTo(sent);
    }
  }

  private void serveOnce(String format) throws Exception {
    try (Serving serving = prepare(format)) {
      serving.begin();
      reader.awaitLink();
      assertThat(reader.read(0, 16).get()).isEqualTo(Images.blocks(contents, 0, 16));
    }
  }

  @Test
  void aFormatThatComesWhileAnImageIsOpenedDoesNotDisturb() throws Exception {
    Counted counted = new Counted(new RawFormat());
    counted.meanwhile = () -> add("qcow2", qcow2);
    add("raw", counted);
    serveOnce("raw");
    assertThat(counted.opened).hasValue(1);
  }

  @Test
  void aFormatThatGoesWhileItOpensAnImageDoesNotServeIt() throws Exception {
    Counted first = new Counted(new RawFormat());
    Counted second = new Counted(new RawFormat());
    first.meanwhile =
        () -> {
          disksrv.removeFormat(first, Map.of(DiskFormat.NAME, "raw"));
          add("raw", second);
        };
    add("raw", first);
    serveOnce("raw");
    assertThat(first.opened).hasValue(1);
    assertThat(second.opened).hasValue(1);
  }

  @Test
  void aHelperProgramThatDiesIsReplaced() throws Exception {
    add("qcow2", qcow2);
    try (Serving serving = prepare("qcow2")) {
      serving.begin();
      reader.awaitLink();
      assertThat(reader.read(0, 16).get()).isEqualTo(Images.blocks(contents, 0, 16));
      ProcessHandle.current()
          .children()
          .filter(child -> child.info().command().orElse("").endsWith("qemu-nbd"))
          .forEach(ProcessHandle::destroyForcibly);
      assertThat(reader.read(16, 16).get()).isEqualTo(Images.blocks(contents, 16, 16));
    }
  }

  @Test
  void closingEndsWhoWaits() throws Exception {
    Counted counted = new Counted(new RawFormat());
    add("raw", counted);
    Serving serving = prepare("raw");
    Files.delete(folder.resolve("disk.raw"));
    serving.begin();
    CompletableFuture<Object> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return serving.allocated();
              } catch (IOException e) {
                return e;
              }
            });
    counted.attempts.acquire();
    serving.close();
    assertThat(waiting.get()).isInstanceOf(IOException.class);
  }

  @Test
  void whatCannotFollowIsRefused() throws IOException {
    VmSpec.Disk disk = disk("raw");
    assertThat(disksrv.examine(disk)).isInstanceOf(Refused.class);
    assertThat(disksrv.prepare("pc", EPOCH, disk, reader.address())).isInstanceOf(Refused.class);
    add("raw", new RawFormat());
    assertThat(disksrv.prepare("pc", EPOCH, disk, reader.address())).isInstanceOf(Refused.class);
    Files.write(Path.of(disk.path()), new byte[0]);
    assertThat(disksrv.examine(disk)).isInstanceOf(Refused.class);
    assertThat(disksrv.format("raw").isDone()).isTrue();
    assertThat(disksrv.format("qcow2").isDone()).isFalse();
  }
}
