package io.jettison.cownetdisk.internal;

import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.nbd.NbdTransmission;
import io.jettison.wire.Hello;
import io.jettison.wire.Hello.Call;
import io.jettison.wire.Hello.Purpose;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk between a client and a desktop. */
class DiskTest {
  private static final int BYTES = 40 * Pages.SIZE + 1000;

  @TempDir Path folder;
  private final byte[] image = new byte[BYTES];
  private final DiskService service = new DiskService();
  private Path socket;

  @BeforeEach
  void fill() {
    new Random(1).nextBytes(image);
    Arrays.fill(image, 8 * Pages.SIZE, 16 * Pages.SIZE, (byte) 0);
    socket = folder.resolve("disk.sock");
  }

  @AfterEach
  void close() {
    service.close();
  }

  private CowDisk open(long epoch) {
    VmSpec.Disk disk = new VmSpec.Disk("hda", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    return service
        .open("desk/pc", epoch, disk, folder.resolve("slices"), folder.resolve("live"), socket)
        .orThrow();
  }

  /** Opens a disk of zeros, of which nothing is fetched. */
  private void openEmpty(int bytes) {
    VmSpec.Disk disk = new VmSpec.Disk("big", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", bytes);
    service
        .open("desk/pc", 5, disk, folder.resolve("slices"), folder.resolve("live"), socket)
        .orThrow()
        .allocated(new PageSet());
  }

  private FakeDesktop link(long epoch) {
    return link(epoch, UnaryOperator.identity());
  }

  private FakeDesktop link(long epoch, UnaryOperator<ByteBuffer> damage) {
    Hello hello = new Hello(Purpose.BLOCKS, "desk", "desk/pc/hda", epoch);
    return new FakeDesktop(image, epoch, service.attach(hello).orThrow(), damage);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsWhatTheDesktopHasAndWhatWasWritten(boolean structured) throws Exception {
    try (CowDisk disk = open(5);
        FakeDesktop desktop = link(5);
        NbdClient client = NbdClient.open(socket, structured)) {
      assertThat(client.size).isEqualTo(BYTES);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      assertThat(desktop.asked).hasValue(41);
      byte[] written = {1, 2, 3};
      assertThat(client.write(5000, written, 0)).isZero();
      System.arraycopy(written, 0, image, 5000, 3);
      assertThat(client.perform(0, NbdTransmission.WRITE_ZEROES, 9000, 20000)).isZero();
      Arrays.fill(image, 9000, 29000, (byte) 0);
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      assertThat(client.flush()).isZero();
      PageSet dirty = new PageSet();
      dirty.add(1, 7);
      assertThat(disk.dirty()).isEqualTo(dirty);
      assertThat(disk.harvest()).isEqualTo(dirty);
      assertThat(disk.harvest().isEmpty()).isTrue();
      ByteBuffer home = ByteBuffer.allocate(7 * Pages.SIZE);
      disk.read(1, home);
      assertThat(home.array()).isEqualTo(Arrays.copyOfRange(image, 4096, 8 * 4096));
      desktop.end(5);
    }
  }

  @Test
  void whatIsKnownToBeZeroIsNotFetched() throws Exception {
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, true)) {
      long early = client.request(0, NbdTransmission.READ, 9 * 4096, 4096, null);
      disk.allocated(FakeDesktop.allocated(image));
      assertThat(client.take(early, 9 * 4096, 4096)).isEqualTo(new byte[4096]);
      assertThat(client.read(8 * 4096, 8 * 4096)).isEqualTo(new byte[8 * 4096]);
      assertThat(client.write(9 * 4096 + 7, new byte[] {9}, 0)).isZero();
      assertThat(disk.counters().links()).isZero();
    }
  }

  @Test
  void whatIsKnownToBeZeroIsKnownToItsSuccessor() throws Exception {
    try (CowDisk disk = open(5)) {
      disk.allocated(FakeDesktop.allocated(image));
      disk.dirty(); // in the same order
    }
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, true)) {
      assertThat(client.read(8 * 4096, 8 * 4096)).isEqualTo(new byte[8 * 4096]);
      assertThat(disk.counters().waits()).isZero();
      FakeDesktop desktop = link(5);
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      desktop.end(5);
    }
  }

  @Test
  void anOlderCallReadLateDoesNotTakeTheNewersPlace() throws Exception {
    Hello hello = new Hello(Purpose.BLOCKS, "desk", "desk/pc/hda", 5);
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, true)) {
      LinkHandler older = service.attach(hello.as(new Call(9, 1))).orThrow();
      LinkHandler newer = service.attach(hello.as(new Call(9, 2))).orThrow();
      FakeDesktop holds = new FakeDesktop(image, 5, newer, UnaryOperator.identity());
      while (disk.counters().links() == 0) {
        Thread.onSpinWait();
      }
      FakeDesktop late = new FakeDesktop(image, 5, older, UnaryOperator.identity());
      while (!late.isClosed()) {
        Thread.onSpinWait();
      }
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      assertThat(disk.counters().links()).isEqualTo(1);
      holds.end(5);
    }
  }

  @Test
  void whatCameAnotherWayIsThereUnlessItWasWritten() throws Exception {
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, true)) {
      byte[] own = new byte[Pages.SIZE];
      Arrays.fill(own, (byte) 7);
      assertThat(client.write(2 * 4096, own, 0)).isZero();
      long waits = client.request(0, NbdTransmission.READ, 4096, 4096, null);
      ByteBuffer came = ByteBuffer.wrap(image, 4096, 3 * 4096);
      disk.put(1, came);
      assertThat(came.hasRemaining()).isFalse();
      assertThat(client.take(waits, 4096, 4096)).isEqualTo(Arrays.copyOfRange(image, 4096, 8192));
      assertThat(client.read(2 * 4096, 4096)).isEqualTo(own);
      PageSet here = new PageSet();
      here.add(1, 3);
      assertThat(disk.present()).isEqualTo(here);
      ByteBuffer all = ByteBuffer.allocate(3 * 4096);
      disk.readPresent(1, all);
      System.arraycopy(own, 0, image, 2 * 4096, 4096);
      assertThat(all.array()).isEqualTo(Arrays.copyOfRange(image, 4096, 4 * 4096));
      assertThatThrownBy(() -> disk.readPresent(3, ByteBuffer.allocate(2 * 4096)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("block 4");
      assertThat(disk.counters().fetched()).isZero();
    }
  }

  @Test
  void othersGoOnWhileOneWaits() throws Exception {
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, false)) {
      long waits = client.request(0, NbdTransmission.READ, 100, 50, null);
      long partial = client.request(0, NbdTransmission.WRITE, 4196, 3, new byte[] {7, 8, 9});
      byte[] block = new byte[4096];
      Arrays.fill(block, (byte) 3);
      assertThat(client.write(2 * 4096, block, 0)).isZero();
      assertThat(client.read(2 * 4096, 4096)).isEqualTo(block);
      FakeDesktop desktop = link(5);
      assertThat(client.take(waits, 100, 50)).isEqualTo(Arrays.copyOfRange(image, 100, 150));
      assertThat(client.simple(partial)).isZero();
      assertThat(client.read(4195, 5)).isEqualTo(new byte[] {image[4195], 7, 8, 9, image[4199]});
      assertThat(disk.counters().waits()).isEqualTo(2);
      desktop.end(5);
    }
  }

  @Test
  void whoWakesTheDesktopHearsWhatIsWaitedFor() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    NeedSink noting =
        new NeedSink() {
          @Override
          public void asked(long item) {
            told.add("asked " + item);
          }

          @Override
          public void answered(long item) {
            told.add("answered " + item);
          }
        };
    VmSpec.Disk spec = new VmSpec.Disk("hda", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    Path slices = folder.resolve("slices");
    try (CowDisk disk =
            service
                .open("desk/pc", 5, spec, slices, folder.resolve("live"), socket, noting)
                .orThrow();
        NbdClient client = NbdClient.open(socket, false)) {
      long waits = client.request(0, NbdTransmission.READ, 4096, 50, null);
      while (told.isEmpty()) {
        Thread.onSpinWait();
      }
      FakeDesktop desktop = link(5);
      assertThat(client.take(waits, 4096, 50)).isEqualTo(Arrays.copyOfRange(image, 4096, 4146));
      assertThat(told).containsExactly("asked 1", "asked 1", "answered 1");
      assertThat(disk.counters().links()).isEqualTo(1);
      desktop.end(5);
    }
  }

  @Test
  void damageClosesTheLinkAndIsAskedForAgain() throws Exception {
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, true)) {
      FakeDesktop damaging = link(5, reply -> reply.put(500, (byte) (reply.get(500) + 1)));
      long read = client.request(0, NbdTransmission.READ, 0, 8192, null);
      while (!damaging.isClosed()) {
        Thread.onSpinWait();
      }
      damaging.end(5);
      FakeDesktop stale = link(5, reply -> reply.putLong(1, 4));
      while (!stale.isClosed()) {
        Thread.onSpinWait();
      }
      stale.end(5);
      FakeDesktop desktop = link(5);
      assertThat(client.take(read, 0, 8192)).isEqualTo(Arrays.copyOf(image, 8192));
      assertThat(disk.counters().links()).isEqualTo(3);
      desktop.end(5);
    }
  }

  @Test
  void isFoundAgainInItsStayAndEmptyInTheNext() throws Exception {
    byte[] block = new byte[4096];
    Arrays.fill(block, (byte) 3);
    try (CowDisk disk = open(5);
        FakeDesktop desktop = link(5);
        NbdClient client = NbdClient.open(socket, true)) {
      client.read(0, 4096);
      client.write(4096, block, 0);
      desktop.end(5);
      assertThat(disk.dirty().size()).isEqualTo(1);
    }
    try (CowDisk disk = open(5);
        NbdClient client = NbdClient.open(socket, true)) {
      assertThat(client.read(0, 4096)).isEqualTo(Arrays.copyOf(image, 4096));
      assertThat(client.read(4096, 4096)).isEqualTo(block);
      assertThat(disk.dirty().size()).isEqualTo(1);
    }
    CowDisk next = open(6);
    assertThat(next.dirty().isEmpty()).isTrue();
    next.discard();
    try (var left = Files.list(folder.resolve("slices"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void longRequestsTakeNoMoreThanAPiece() throws IOException {
    int bytes = 20 << 20;
    openEmpty(bytes);
    for (boolean structured : new boolean[] {true, false}) {
      try (NbdClient client = NbdClient.open(socket, structured)) {
        byte[] data = new byte[(10 << 20) + 77];
        new Random(2).nextBytes(data);
        assertThat(client.write(12_345, data, NbdTransmission.FUA)).isZero();
        assertThat(client.read(12_345, data.length)).isEqualTo(data);
        byte[] all = client.read(0, bytes);
        assertThat(Arrays.equals(all, 12_345, 12_345 + data.length, data, 0, data.length)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSliceThatCannotBeReadIsTold(boolean structured) throws IOException {
    int bytes = 1 << 20;
    openEmpty(bytes);
    try (NbdClient client = NbdClient.open(socket, structured)) {
      assertThat(client.write(0, new byte[bytes], 0)).isZero();
      assertThat(client.read(0, bytes)).isEqualTo(new byte[bytes]);
      try (FileChannel slice =
          FileChannel.open(folder.resolve("slices").resolve("big.dirty"), WRITE)) {
        slice.truncate(bytes / 2);
      }
      assertThatThrownBy(() -> client.read(bytes - (64 << 10), 64 << 10))
          .isInstanceOf(IOException.class);
    }
    try (NbdClient again = NbdClient.open(socket, structured)) {
      assertThat(again.readError(0, bytes - (64 << 10), 64 << 10)).isEqualTo(NbdTransmission.EIO);
      assertThat(again.read(0, bytes / 2)).isEqualTo(new byte[bytes / 2]);
    }
  }
}
