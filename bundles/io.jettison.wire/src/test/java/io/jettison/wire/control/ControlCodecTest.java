package io.jettison.wire.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageRange;
import io.jettison.api.memory.Pages;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.control.ControlMessage.Standing;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ControlCodecTest {
  private static final VmSpec SPEC =
      new VmSpec(
          "pc",
          "emulator",
          new MemoryMap(List.of(new PageRange(0, 100), new PageRange(256, 3))),
          List.of(
              new VmSpec.Disk("cd", "/iso", VmSpec.Disk.Kind.READ_ONLY_EVERYWHERE),
              new VmSpec.Disk(
                  "disk0", "/vm.qcow2", VmSpec.Disk.Kind.FOLLOWS, "qcow2", 10_737_418_240L)),
          Map.of("seed", "7", "note", "ä"));
  private static final Figures FIGURES = new Figures(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);

  static Stream<ControlMessage> all() {
    return Stream.of(
        new ControlMessage.Prepare("pc", 3, 1000, SPEC),
        new ControlMessage.Prepared(),
        new ControlMessage.Refused("why", "how"),
        new ControlMessage.DescriptorPart(70, ByteBuffer.wrap(new byte[] {1, 2, 3})),
        new ControlMessage.DescriptorEnd(3, -5),
        new ControlMessage.Populated(65_535, true, ByteBuffer.wrap(new byte[] {0, 1})),
        new ControlMessage.Ready(),
        new ControlMessage.Activate(),
        new ControlMessage.Running(17),
        new ControlMessage.Abandon("pc", 3),
        new ControlMessage.Status("pc", 3),
        new ControlMessage.StandingReply(Standing.LOST),
        new ControlMessage.Return("pc", 3, Long.MIN_VALUE),
        new ControlMessage.NextRound(true),
        new ControlMessage.Stage(1, 17, 4711, ByteBuffer.allocate(2 * Pages.SIZE)),
        new ControlMessage.RoundEnd(5),
        new ControlMessage.Stop(),
        new ControlMessage.Saved(5, 4, 6, FIGURES),
        new ControlMessage.Release("pc", 3),
        new ControlMessage.Resume("pc", 3),
        new ControlMessage.Done(),
        new ControlMessage.Watch("pc", 3),
        new ControlMessage.Report(Standing.RUNNING, 77, FIGURES),
        new ControlMessage.AskReturn("the server is full"),
        new ControlMessage.Kept(
            1, true, ByteBuffer.wrap(new byte[2 * ControlMessage.Kept.ITEM_BYTES])),
        new ControlMessage.Keys(
            2, false, ByteBuffer.wrap(new byte[ControlMessage.Kept.ITEM_BYTES])),
        new ControlMessage.StagePacked(0, 7, 2, -9, ByteBuffer.wrap(new byte[] {1, 2})),
        new ControlMessage.StageZeros(2, 1L << 40, 5),
        new ControlMessage.PowerNote(Power.SUSPENDING),
        new ControlMessage.Park("vm", 7),
        new ControlMessage.Want(ByteBuffer.wrap(new byte[] {1, 2})),
        new ControlMessage.Parked(8, 9),
        new ControlMessage.Salvage());
  }

  private static ByteBuffer encoded(ControlMessage message) {
    ByteBuffer bytes = ByteBuffer.allocate(ControlCodec.MAX_BYTES);
    ControlCodec.encode(message, bytes);
    return bytes.flip();
  }

  @ParameterizedTest
  @MethodSource("all")
  void comesOutAsItWentIn(ControlMessage message) throws WireException {
    assertThat(ControlCodec.decode(encoded(message))).isEqualTo(message);
  }

  @Test
  void aRoundIsOfAllOrOfWhatSettled() throws WireException {
    ControlMessage all = new ControlMessage.NextRound(false);
    assertThat(ControlCodec.decode(encoded(all))).isEqualTo(all);
  }

  @ParameterizedTest
  @MethodSource("all")
  void cutShortOrTooLongIsNeverAnythingButAWireException(ControlMessage message) {
    ByteBuffer bytes = encoded(message);
    int step = Math.max(1, bytes.limit() / 300);
    for (int length = 0; length < bytes.limit(); length += step) {
      decodeOrRefuse(bytes.duplicate().limit(length));
    }
  }

  @Test
  void everyMessageIsTried() {
    assertThat(all().<Class<?>>map(Object::getClass).toList())
        .containsExactlyElementsOf(ControlCodec.TYPES);
    assertThat(ControlMessage.class.getPermittedSubclasses())
        .containsExactlyInAnyOrderElementsOf(List.copyOf(ControlCodec.TYPES));
  }

  @Test
  void fixedMessagesHaveFixedSizes() {
    assertThat(encoded(new ControlMessage.Ready()).remaining()).isEqualTo(1);
    assertThat(encoded(new ControlMessage.PowerNote(Power.AWAKE)).remaining()).isEqualTo(2);
    assertThat(encoded(new ControlMessage.DescriptorEnd(1, 1)).remaining()).isEqualTo(13);
    assertThat(encoded(new ControlMessage.Running(1)).remaining()).isEqualTo(9);
    assertThat(encoded(new ControlMessage.Saved(5, 4, 6, FIGURES)).remaining())
        .isEqualTo(1 + 24 + 104);
    assertThat(
            encoded(new ControlMessage.Stage(0, 1, 1, ByteBuffer.allocate(Pages.SIZE))).remaining())
        .isEqualTo(15 + Pages.SIZE);
  }

  @Property
  void garbageIsAWireException(
      @ForAll @IntRange(max = 31) int type, @ForAll @Size(max = 200) byte[] rest) {
    decodeOrRefuse(ByteBuffer.allocate(1 + rest.length).put((byte) type).put(rest).flip());
  }

  private static void decodeOrRefuse(ByteBuffer bytes) {
    try {
      ControlCodec.decode(bytes);
    } catch (WireException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
