package io.jettison.cownetdisk.internal;

import static io.jettison.nbd.NbdHandshake.OPT_ABORT;
import static io.jettison.nbd.NbdHandshake.OPT_EXPORT_NAME;
import static io.jettison.nbd.NbdHandshake.OPT_GO;
import static io.jettison.nbd.NbdHandshake.OPT_INFO;
import static io.jettison.nbd.NbdHandshake.OPT_LIST;
import static io.jettison.nbd.NbdHandshake.OPT_LIST_META_CONTEXT;
import static io.jettison.nbd.NbdHandshake.OPT_SET_META_CONTEXT;
import static io.jettison.nbd.NbdHandshake.OPT_STARTTLS;
import static io.jettison.nbd.NbdHandshake.OPT_STRUCTURED_REPLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.nbd.NbdHandshake;
import io.jettison.nbd.NbdTransmission;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandshakeTest {
  private static final long BYTES = 123_456_789;

  @TempDir Path folder;
  private final DiskService service = new DiskService();
  private Path socket;
  private CowDisk disk;

  @BeforeEach
  void open() {
    socket = folder.resolve("disk.sock");
    VmSpec.Disk spec = new VmSpec.Disk("hda", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    disk = service.open("desk/pc", 1, spec, folder, folder, socket).orThrow();
  }

  @AfterEach
  void close() {
    disk.close();
    service.close();
  }

  private static byte[] named(String name, int... infos) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer data = ByteBuffer.allocate(6 + text.length + 2 * infos.length);
    data.putInt(text.length).put(text).putShort((short) infos.length);
    for (int info : infos) {
      data.putShort((short) info);
    }
    return data.array();
  }

  private static int only(List<NbdClient.OptionReply> replies) {
    assertThat(replies).hasSize(1);
    return replies.get(0).type();
  }

  private static String text(ByteBuffer data) {
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  @Test
  void tellsAboutTheExport() throws IOException {
    try (NbdClient client = NbdClient.greeted(socket)) {
      ByteBuffer listed = client.option(OPT_LIST, new byte[0]).get(0).data();
      assertThat(listed.getInt()).isEqualTo(3);
      assertThat(text(listed)).isEqualTo("hda");
      List<NbdClient.OptionReply> infos = client.option(OPT_INFO, named("hda", 3, 1, 99));
      assertThat(infos).hasSize(4);
      ByteBuffer sizes = infos.get(1).data();
      assertThat(sizes.getShort()).isEqualTo((short) NbdHandshake.INFO_BLOCK_SIZE);
      assertThat(sizes.getInt()).isEqualTo(1);
      assertThat(sizes.getInt()).isEqualTo(4096);
      assertThat(sizes.getInt()).isEqualTo(32 << 20);
      assertThat(text(infos.get(2).data().position(2))).isEqualTo("hda");
      ByteBuffer export = client.option(OPT_GO, named("hda")).get(0).data();
      assertThat(export.getLong(2)).isEqualTo(BYTES);
      int flags = export.getShort(10);
      assertThat(flags & NbdTransmission.CAN_MULTI_CONN).isNotZero();
      assertThat(flags & NbdTransmission.SEND_DF).isZero();
      assertThat(client.flush()).isZero();
    }
  }

  @Test
  void refusesWhatItCannotDoAndGoesOn() throws IOException {
    try (NbdClient client = NbdClient.greeted(socket)) {
      assertThat(only(client.option(OPT_STARTTLS, new byte[0])))
          .isEqualTo(NbdHandshake.REP_ERR_UNSUP);
      assertThat(only(client.option(OPT_STARTTLS, new byte[1])))
          .isEqualTo(NbdHandshake.REP_ERR_INVALID);
      assertThat(only(client.option(11, new byte[0]))).isEqualTo(NbdHandshake.REP_ERR_UNSUP);
      assertThat(only(client.option(4711, new byte[60_000]))).isEqualTo(NbdHandshake.REP_ERR_UNSUP);
      assertThat(only(client.option(OPT_LIST, new byte[1])))
          .isEqualTo(NbdHandshake.REP_ERR_INVALID);
      assertThat(only(client.option(OPT_STRUCTURED_REPLY, new byte[1])))
          .isEqualTo(NbdHandshake.REP_ERR_INVALID);
      assertThat(only(client.option(OPT_GO, named("hdb")))).isEqualTo(NbdHandshake.REP_ERR_UNKNOWN);
      for (byte[] wrong :
          List.of(new byte[0], new byte[5], new byte[7], new byte[] {-1, 0, 0, 0, 0, 0})) {
        assertThat(only(client.option(OPT_GO, wrong))).isEqualTo(NbdHandshake.REP_ERR_INVALID);
      }
      assertThat(only(client.option(OPT_SET_META_CONTEXT, NbdClient.metaContexts("base:"))))
          .isEqualTo(NbdHandshake.REP_ERR_INVALID);
      client.option(OPT_GO, named(""));
      assertThat(client.flush()).isZero();
    }
  }

  @Test
  void listsAndSetsContexts() throws IOException {
    try (NbdClient client = NbdClient.greeted(socket)) {
      client.option(OPT_STRUCTURED_REPLY, new byte[0]);
      client.structured = true;
      assertThat(client.option(OPT_LIST_META_CONTEXT, NbdClient.metaContexts())).hasSize(3);
      assertThat(client.option(OPT_LIST_META_CONTEXT, NbdClient.metaContexts("jettison:")))
          .hasSize(2);
      assertThat(client.option(OPT_LIST_META_CONTEXT, NbdClient.metaContexts("qemu:x"))).hasSize(1);
      byte[] cut = NbdClient.metaContexts("base:allocation");
      cut[11]++;
      assertThat(only(client.option(OPT_SET_META_CONTEXT, cut)))
          .isEqualTo(NbdHandshake.REP_ERR_INVALID);
      assertThat(client.option(OPT_SET_META_CONTEXT, NbdClient.metaContexts("base:", "x:y")))
          .hasSize(1);
      List<NbdClient.OptionReply> set =
          client.option(OPT_SET_META_CONTEXT, NbdClient.metaContexts("jettison:dirty"));
      assertThat(text(set.get(0).data().position(4))).isEqualTo("jettison:dirty");
      int id = set.get(0).data().getInt(0);
      client.option(OPT_GO, named(""));
      assertThat(client.write(8192, new byte[4096], 0)).isZero();
      client.request(0, NbdTransmission.BLOCK_STATUS, 4096, 16384, null);
      NbdClient.Chunk status = client.chunk();
      assertThat(status.type()).isEqualTo(NbdTransmission.CHUNK_BLOCK_STATUS);
      assertThat(status.isLast()).isTrue();
      ByteBuffer extents = status.data();
      assertThat(extents.getInt()).isEqualTo(id);
      int[] found = new int[extents.remaining() / 4];
      extents.asIntBuffer().get(found);
      assertThat(found).containsExactly(4096, 0, 4096, 1, 8192, 0);
      client.request(NbdTransmission.REQ_ONE, NbdTransmission.BLOCK_STATUS, 4100, 16384, null);
      extents = client.chunk().data();
      assertThat(extents.remaining()).isEqualTo(12);
      assertThat(extents.getInt(4)).isEqualTo(4092);
    }
  }

  @Test
  void beginsAsOldClientsDo() throws IOException {
    try (NbdClient client = NbdClient.connected(socket)) {
      client.receive(NbdHandshake.GREETING_BYTES);
      ByteBuffer option = ByteBuffer.allocate(4 + 16 + 3).putInt(0);
      option.putLong(NbdHandshake.OPTION_MAGIC).putInt(OPT_EXPORT_NAME).putInt(3);
      client.send(option.put("hda".getBytes(StandardCharsets.UTF_8)));
      ByteBuffer export = client.receive(NbdHandshake.EXPORT_BYTES + NbdHandshake.PADDING_BYTES);
      assertThat(export.getLong()).isEqualTo(BYTES);
      assertThat(client.flush()).isZero();
    }
  }

  @Test
  void endsWhereItIsToldToOrCannotGoOn() throws IOException {
    try (NbdClient client = NbdClient.greeted(socket)) {
      assertThat(only(client.option(OPT_ABORT, new byte[2]))).isEqualTo(NbdHandshake.REP_ACK);
      assertThatThrownBy(() -> client.receive(1)).isInstanceOf(EOFException.class);
    }
    try (NbdClient client = NbdClient.greeted(socket)) {
      client.send(option(OPT_EXPORT_NAME, 1).put((byte) 'x'));
      assertThatThrownBy(() -> client.receive(1)).isInstanceOf(EOFException.class);
    }
    try (NbdClient client = NbdClient.greeted(socket)) {
      client.send(option(OPT_LIST, Integer.MAX_VALUE));
      assertThatThrownBy(() -> client.receive(1)).isInstanceOf(EOFException.class);
    }
    try (NbdClient client = NbdClient.greeted(socket)) {
      client.send(ByteBuffer.allocate(16));
      assertThatThrownBy(() -> client.receive(1)).isInstanceOf(EOFException.class);
    }
    try (NbdClient client = NbdClient.connected(socket)) {
      client.receive(NbdHandshake.GREETING_BYTES);
      client.send(ByteBuffer.allocate(4).putInt(7));
      assertThatThrownBy(() -> client.receive(1)).isInstanceOf(EOFException.class);
    }
  }

  private static ByteBuffer option(int option, int length) {
    ByteBuffer sent = ByteBuffer.allocate(NbdHandshake.OPTION_BYTES + 1);
    return sent.putLong(NbdHandshake.OPTION_MAGIC).putInt(option).putInt(length);
  }
}
