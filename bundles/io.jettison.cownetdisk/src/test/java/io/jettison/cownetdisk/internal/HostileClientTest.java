package io.jettison.cownetdisk.internal;

import static io.jettison.nbd.NbdTransmission.EINVAL;
import static io.jettison.nbd.NbdTransmission.ENOSPC;
import static io.jettison.nbd.NbdTransmission.ENOTSUP;
import static io.jettison.nbd.NbdTransmission.EOVERFLOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.nbd.NbdTransmission;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client does, others and the disk are none the worse. */
class HostileClientTest {
  private static final int BYTES = 64 << 20;

  /** No bound is as high. */
  private static final long UNBOUNDED = 32 << 20;

  @TempDir Path folder;
  private final DiskService service = new DiskService("", 50, 10_000);
  private Path socket;
  private CowDisk disk;
  private NbdClient other;

  @BeforeEach
  void open() throws IOException {
    socket = folder.resolve("disk.sock");
    disk = open(service, folder, socket);
    PageSet odd = new PageSet();
    odd.add(100, 10_000); // of which none will come
    disk.allocated(odd);
    other = NbdClient.open(socket, true);
    other.write(0, new byte[] {1, 2, 3}, 0);
  }

  private static CowDisk open(DiskService by, Path slices, Path socket) {
    VmSpec.Disk spec = new VmSpec.Disk("d", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    return by.open("desk/pc", 1, spec, slices, slices, socket).orThrow();
  }

  @AfterEach
  void othersGoOn() throws IOException {
    assertThat(other.read(0, 3)).isEqualTo(new byte[] {1, 2, 3});
    other.close();
    disk.close();
    service.close();
  }

  private static void assertClosed(NbdClient client) {
    assertThatThrownBy(() -> client.receive(1)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wrongRequestsAreRefusedAndTheConnectionGoesOn(boolean structured) throws IOException {
    try (NbdClient client = NbdClient.open(socket, structured)) {
      assertThat(client.readError(0, BYTES - 1, 2)).isEqualTo(EINVAL);
      assertThat(client.readError(0, -1, 1)).isEqualTo(EINVAL);
      assertThat(client.readError(0, Long.MAX_VALUE, 4096)).isEqualTo(EINVAL);
      assertThat(client.readError(0, 0, 0)).isEqualTo(EINVAL);
      assertThat(client.readError(0, 0, (32 << 20) + 1)).isEqualTo(structured ? EOVERFLOW : EINVAL);
      assertThat(client.readError(0, 0, 0xffff_ffffL)).isEqualTo(structured ? EOVERFLOW : EINVAL);
      assertThat(client.readError(1 << 9, 0, 1)).isEqualTo(EINVAL);
      if (!structured) {
        assertThat(client.readError(NbdTransmission.DF, 0, 1)).isEqualTo(EINVAL);
        long status = client.request(0, NbdTransmission.BLOCK_STATUS, 0, 4096, null);
        assertThat(client.simple(status)).isEqualTo(EINVAL);
      }
      assertThat(client.write(BYTES - 2, new byte[3], 0)).isEqualTo(ENOSPC);
      assertThat(client.write(0, new byte[(32 << 20) + 1], 0)).isEqualTo(EINVAL);
      assertThat(client.write(0, new byte[10], NbdTransmission.NO_HOLE)).isEqualTo(EINVAL);
      assertThat(client.perform(0, NbdTransmission.WRITE_ZEROES, BYTES, 1)).isEqualTo(ENOSPC);
      assertThat(client.perform(0, NbdTransmission.TRIM, BYTES, 1)).isEqualTo(EINVAL);
      assertThat(client.perform(0, NbdTransmission.TRIM, 0, 0xffff_ffffL)).isEqualTo(EINVAL);
      assertThat(client.perform(0, NbdTransmission.FLUSH, 1, 0)).isEqualTo(EINVAL);
      assertThat(client.perform(0, 99, 0, 1)).isEqualTo(EINVAL);
      assertThat(client.perform(0xffff, NbdTransmission.CACHE, 0, 1)).isEqualTo(EINVAL);
      assertThat(
              client.perform(
                  NbdTransmission.FAST_ZERO, NbdTransmission.WRITE_ZEROES, 4096 * 100 + 1, 5))
          .isEqualTo(ENOTSUP);
      assertThat(
              client.perform(NbdTransmission.FAST_ZERO, NbdTransmission.WRITE_ZEROES, 4096, 4096))
          .isZero();
      assertThat(client.read(0, 4)).isEqualTo(new byte[] {1, 2, 3, 0});
    }
    PageSet dirty = new PageSet();
    dirty.add(0, 2);
    assertThat(disk.dirty()).isEqualTo(dirty);
  }

  @Test
  void whatIsNoRequestClosesTheConnection() throws IOException {
    try (NbdClient client = NbdClient.open(socket, false)) {
      client.send(ByteBuffer.allocate(28).putInt(0x25609514).position(28));
      assertClosed(client);
    }
  }

  @Test
  void requestsMayBeCutOffAnywhere() throws IOException {
    for (int cut = 0; cut < 60; cut += 3) {
      try (NbdClient client = NbdClient.open(socket, false)) {
        ByteBuffer request = ByteBuffer.allocate(28 + 32).putInt(NbdTransmission.REQUEST_MAGIC);
        request.putShort((short) 0).putShort((short) NbdTransmission.WRITE).putLong(1);
        request.putLong(0).putInt(32).position(cut);
        client.send(request);
      }
    }
    try (NbdClient client = NbdClient.open(socket, false)) {
      ByteBuffer request = ByteBuffer.allocate(1 << 20).putInt(NbdTransmission.REQUEST_MAGIC);
      request.putShort((short) 0).putShort((short) NbdTransmission.WRITE).putLong(1);
      client.send(request.putLong(8 << 20).putInt(32 << 20).position(1 << 20));
    }
  }

  @Test
  void aHandshakeThatTakesTooLongEnds() throws IOException {
    DiskService impatient = new DiskService("", 50, 500);
    Path own = folder.resolve("own.sock");
    CowDisk theirs = open(impatient, folder.resolve("own"), own);
    try (NbdClient silent = NbdClient.connected(own)) {
      assertThatThrownBy(
              () -> {
                // closed while it answers the greeting, if it stands still meanwhile
                try (NbdClient client = NbdClient.greeted(own)) {
                  client.receive(1);
                }
              })
          .isInstanceOf(IOException.class);
      silent.receive(18);
      assertClosed(silent);
    } finally {
      theirs.close();
      impatient.close();
    }
  }

  @Test
  void thereAreSixtyFourConnectionsAtOnce() throws IOException {
    List<NbdClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 63; i++) {
        clients.add(NbdClient.open(socket, false));
      }
      assertThatThrownBy(() -> NbdClient.open(socket, false)).isInstanceOf(IOException.class);
      assertThat(clients.get(62).flush()).isZero();
    } finally {
      for (NbdClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void tenThousandConnectionsOneAfterTheOther() throws IOException {
    for (int i = 0; i < 10_000; i++) {
      try (NbdClient client =
          i % 100 == 0 ? NbdClient.open(socket, true) : NbdClient.connected(socket)) {
        if (i % 100 == 0) {
          client.request(0, NbdTransmission.READ, 4096L * (100 + i), 4096, null);
        }
      } catch (EOFException e) {
        Thread.onSpinWait(); // those before are being closed
      }
    }
  }

  @Test
  void oneThatDoesNotReadItsRepliesIsNotReadFrom() throws Exception {
    try (NbdClient client = NbdClient.open(socket, false)) {
      ByteBuffer request = ByteBuffer.allocate(28).putInt(NbdTransmission.REQUEST_MAGIC);
      request.putShort((short) 0).putShort((short) NbdTransmission.READ).putLong(1);
      request.putLong(0).putInt(400_000).flip();
      assertThat(sentUntilNoMoreIsTaken(client, request))
          .isLessThan(4 << 20); // what the sockets hold, and one buffer
    }
  }

  @Test
  void whatWaitsForTheDesktopIsBounded() throws Exception {
    try (NbdClient client = NbdClient.open(socket, false)) {
      ByteBuffer request = ByteBuffer.allocate(28 + 100_000).putInt(NbdTransmission.REQUEST_MAGIC);
      request.putShort((short) 0).putShort((short) NbdTransmission.WRITE).putLong(1);
      request.putLong(Pages.offset(100) + 1).putInt(100_000).position(28 + 100_000).flip();
      assertThat(sentUntilNoMoreIsTaken(client, request)).isBetween(8L << 20, 16L << 20);
    }
    assertThat(disk.counters().waits()).isBetween(80L, 90L);
  }

  /**
   * Bytes of a request, over and over, until its socket takes none though the disk's loop is seen
   * to go round: it reads from all that it reads from before it has answered another twice.
   */
  private long sentUntilNoMoreIsTaken(NbdClient client, ByteBuffer request) throws IOException {
    client.channel.configureBlocking(false);
    long sent = 0;
    for (int rounds = 0; rounds < 3 && sent < UNBOUNDED; ) {
      int taken = client.channel.write(request);
      if (!request.hasRemaining()) {
        request.rewind();
      }
      sent += taken;
      if (taken > 0) {
        rounds = 0;
      } else {
        assertThat(other.read(0, 3)).isEqualTo(new byte[] {1, 2, 3});
        rounds++;
      }
    }
    return sent;
  }

  @Test
  void noiseIsNoRequest() throws IOException {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      try (NbdClient client =
          i % 2 == 0 ? NbdClient.open(socket, true) : NbdClient.greeted(socket)) {
        byte[] noise = new byte[1 + random.nextInt(2000)];
        random.nextBytes(noise);
        ByteBuffer sent = ByteBuffer.allocate(4 + noise.length);
        sent.putInt(NbdTransmission.REQUEST_MAGIC).put(noise);
        if (noise.length > 8) {
          sent.putShort(6, (short) random.nextInt(9));
        }
        client.send(sent);
      } catch (IOException e) {
        assertThat(e).isNotNull(); // closed while it was being sent
      }
    }
  }
}
