package io.jettison.wire.control;

import io.jettison.api.memory.Pages;
import io.jettison.wire.Codes;
import io.jettison.wire.Strings;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage.Abandon;
import io.jettison.wire.control.ControlMessage.Activate;
import io.jettison.wire.control.ControlMessage.AskReturn;
import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import io.jettison.wire.control.ControlMessage.Done;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.ControlMessage.NextRound;
import io.jettison.wire.control.ControlMessage.Park;
import io.jettison.wire.control.ControlMessage.Parked;
import io.jettison.wire.control.ControlMessage.Populated;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.control.ControlMessage.PowerNote;
import io.jettison.wire.control.ControlMessage.Prepare;
import io.jettison.wire.control.ControlMessage.Prepared;
import io.jettison.wire.control.ControlMessage.Ready;
import io.jettison.wire.control.ControlMessage.Refused;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Report;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.Return;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.ControlMessage.Salvage;
import io.jettison.wire.control.ControlMessage.Saved;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.StageZeros;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.ControlMessage.StandingReply;
import io.jettison.wire.control.ControlMessage.Status;
import io.jettison.wire.control.ControlMessage.Stop;
import io.jettison.wire.control.ControlMessage.Want;
import io.jettison.wire.control.ControlMessage.Watch;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;

/** Control messages as bytes. */
public final class ControlCodec {
  /** Most bytes of a descriptor, page set or page contents in one message. */
  public static final int BULK_BYTES = 256 << 10;

  /** Most bytes of a message beside these. */
  static final int FIELDS_BYTES = 64;

  /** Longest message. */
  public static final int MAX_BYTES = BULK_BYTES + FIELDS_BYTES;

  private static final int TEXT_BYTES = 1500;
  private static final int FIGURES_BYTES = 13 * Long.BYTES;

  /** A message's type is its place here, counted from 1. Only ever append. */
  static final List<Class<? extends ControlMessage>> TYPES =
      List.of(
          Prepare.class,
          Prepared.class,
          Refused.class,
          DescriptorPart.class,
          DescriptorEnd.class,
          Populated.class,
          Ready.class,
          Activate.class,
          Running.class,
          Abandon.class,
          Status.class,
          StandingReply.class,
          Return.class,
          NextRound.class,
          Stage.class,
          RoundEnd.class,
          Stop.class,
          Saved.class,
          Release.class,
          Resume.class,
          Done.class,
          Watch.class,
          Report.class,
          AskReturn.class,
          Kept.class,
          Keys.class,
          StagePacked.class,
          StageZeros.class,
          PowerNote.class,
          Park.class,
          Want.class,
          Parked.class,
          Salvage.class);

  private static final Codes<Standing> STANDINGS =
      new Codes<>(
          List.of(
              Standing.WAITING,
              Standing.RUNNING,
              Standing.STOPPED,
              Standing.ENDED,
              Standing.LOST,
              Standing.UNCLEAR));

  private static final Codes<Power> POWERS = new Codes<>(List.of(Power.AWAKE, Power.SUSPENDING));

  private ControlCodec() {}

  /** Writes a message; bulk buffers keep their position. */
  public static void encode(ControlMessage message, ByteBuffer into) {
    into.put((byte) (1 + TYPES.indexOf(message.getClass())));
    if (message instanceof Prepare m) {
      named(into, m.vm(), m.epoch());
      into.putLong(m.estimate());
      VmSpecCodec.encode(m.spec(), into);
    } else if (message instanceof Refused m) {
      Strings.putCut(into, m.reason(), TEXT_BYTES);
      Strings.putCut(into, m.remedy(), TEXT_BYTES);
    } else if (message instanceof DescriptorPart m) {
      into.putInt(m.length()).put(m.block().duplicate());
    } else if (message instanceof DescriptorEnd m) {
      into.putLong(m.total()).putInt(m.crc());
    } else if (message instanceof Populated m) {
      into.putShort((short) m.volume()).put((byte) (m.last() ? 1 : 0));
      into.put(m.runs().duplicate());
    } else if (message instanceof Abandon m) {
      named(into, m.vm(), m.epoch());
    } else if (message instanceof Status m) {
      named(into, m.vm(), m.epoch());
    } else if (message instanceof StandingReply m) {
      STANDINGS.put(into, m.standing());
    } else if (message instanceof Return m) {
      named(into, m.vm(), m.epoch());
      into.putLong(m.staging());
    } else if (message instanceof NextRound m) {
      into.put((byte) (m.settled() ? 1 : 0));
    } else if (message instanceof Stage m) {
      into.putShort((short) m.volume()).putLong(m.pfn()).putInt(m.crc());
      into.put(m.pages().duplicate());
    } else if (message instanceof StagePacked m) {
      into.putShort((short) m.volume()).putLong(m.pfn()).putInt(m.count()).putInt(m.crc());
      into.put(m.block().duplicate());
    } else if (message instanceof StageZeros m) {
      into.putShort((short) m.volume()).putLong(m.first()).putLong(m.count());
    } else if (message instanceof Running m) {
      into.putLong(m.forNanos());
    } else if (message instanceof RoundEnd m) {
      into.putLong(m.pages());
    } else if (message instanceof Saved m) {
      into.putLong(m.dirty()).putLong(m.blocks()).putLong(m.stoppedAfterNanos());
      figures(into, m.figures());
    } else if (message instanceof Release m) {
      named(into, m.vm(), m.epoch());
    } else if (message instanceof Resume m) {
      named(into, m.vm(), m.epoch());
    } else if (message instanceof Watch m) {
      named(into, m.vm(), m.epoch());
    } else if (message instanceof Report m) {
      STANDINGS.put(into, m.standing());
      into.putLong(m.cpuNanos());
      figures(into, m.figures());
    } else if (message instanceof AskReturn m) {
      Strings.putCut(into, m.why(), TEXT_BYTES);
    } else if (message instanceof Kept m) {
      into.putShort((short) m.volume()).put((byte) (m.last() ? 1 : 0));
      into.put(m.items().duplicate());
    } else if (message instanceof Keys m) {
      into.putShort((short) m.volume()).put((byte) (m.last() ? 1 : 0));
      into.put(m.items().duplicate());
    } else if (message instanceof PowerNote m) {
      POWERS.put(into, m.power());
    } else if (message instanceof Park m) {
      named(into, m.vm(), m.epoch());
    } else if (message instanceof Want m) {
      into.put(m.runs().duplicate());
    } else if (message instanceof Parked m) {
      into.putLong(m.came()).putLong(m.left());
    }
  }

  /**
   * Reads a message, from position to limit. Bulk fields are views of {@code from}.
   *
   * @throws WireException if there is none, or more than one
   */
  public static ControlMessage decode(ByteBuffer from) throws WireException {
    try {
      ControlMessage message = body(from.get(), from);
      if (from.hasRemaining()) {
        throw new WireException(from.remaining() + " bytes too many in a control message");
      }
      return message;
    } catch (BufferUnderflowException e) {
      throw new WireException("a control message is cut short", e);
    }
  }

  private static ControlMessage body(byte type, ByteBuffer from) throws WireException {
    return switch (type) {
      case 1 ->
          new Prepare(Strings.get(from), from.getLong(), from.getLong(), VmSpecCodec.decode(from));
      case 2 -> new Prepared();
      case 3 -> new Refused(Strings.get(from), Strings.get(from));
      case 4 -> new DescriptorPart(from.getInt(), rest(from));
      case 5 -> new DescriptorEnd(from.getLong(), from.getInt());
      case 6 -> new Populated(volume(from), from.get() != 0, rest(from));
      case 7 -> new Ready();
      case 8 -> new Activate();
      case 9 -> new Running(from.getLong());
      case 10 -> new Abandon(Strings.get(from), from.getLong());
      case 11 -> new Status(Strings.get(from), from.getLong());
      case 12 -> new StandingReply(STANDINGS.get(from));
      case 13 -> new Return(Strings.get(from), from.getLong(), from.getLong());
      case 14 -> new NextRound(from.get() != 0);
      case 15 -> stage(volume(from), from.getLong(), from.getInt(), rest(from));
      case 16 -> new RoundEnd(from.getLong());
      case 17 -> new Stop();
      case 18 -> new Saved(from.getLong(), from.getLong(), from.getLong(), figures(from));
      case 19 -> new Release(Strings.get(from), from.getLong());
      case 20 -> new Resume(Strings.get(from), from.getLong());
      case 21 -> new Done();
      case 22 -> new Watch(Strings.get(from), from.getLong());
      case 23 -> new Report(STANDINGS.get(from), from.getLong(), figures(from));
      case 24 -> new AskReturn(Strings.get(from));
      case 25 -> new Kept(volume(from), from.get() != 0, own(items(from)));
      case 26 -> new Keys(volume(from), from.get() != 0, items(from));
      case 27 ->
          new StagePacked(volume(from), from.getLong(), from.getInt(), from.getInt(), rest(from));
      case 28 -> new StageZeros(volume(from), from.getLong(), from.getLong());
      case 29 -> new PowerNote(POWERS.get(from));
      case 30 -> new Park(Strings.get(from), from.getLong());
      case 31 -> new Want(own(rest(from)));
      case 32 -> new Parked(from.getLong(), from.getLong());
      case 33 -> new Salvage();
      default -> throw new WireException("unknown control message " + type);
    };
  }

  private static int volume(ByteBuffer from) {
    return Short.toUnsignedInt(from.getShort());
  }

  private static Stage stage(int volume, long pfn, int crc, ByteBuffer pages) throws WireException {
    if (pfn < 0 || !pages.hasRemaining() || pages.remaining() % Pages.SIZE != 0) {
      throw new WireException(
          "changed pages are not whole: pfn " + pfn + ", " + pages.remaining() + " bytes");
    }
    return new Stage(volume, pfn, crc, pages);
  }

  private static ByteBuffer items(ByteBuffer from) throws WireException {
    ByteBuffer items = rest(from);
    if (items.remaining() % Kept.ITEM_BYTES != 0) {
      throw new WireException("items are cut short: " + items.remaining() + " bytes");
    }
    return items;
  }

  private static ByteBuffer own(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }

  private static void named(ByteBuffer into, String vm, long epoch) {
    Strings.put(into, vm);
    into.putLong(epoch);
  }

  private static ByteBuffer rest(ByteBuffer from) {
    ByteBuffer rest = from.slice();
    from.position(from.limit());
    return rest;
  }

  private static void figures(ByteBuffer into, Figures f) {
    into.putLong(f.resident()).putLong(f.dirty()).putLong(f.faults()).putLong(f.waits());
    into.putLong(f.fetched()).putLong(f.zero()).putLong(f.kept()).putLong(f.prefetched());
    into.putLong(f.faultP50Nanos()).putLong(f.faultP99Nanos()).putLong(f.faultMaxNanos());
    into.putLong(f.blocksFetched()).putLong(f.blocksDirty());
  }

  private static Figures figures(ByteBuffer from) throws WireException {
    if (from.remaining() < FIGURES_BYTES) {
      throw new WireException("figures are cut short");
    }
    return new Figures(
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong(),
        from.getLong());
  }
}
