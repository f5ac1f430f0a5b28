package io.jettison.wire.control;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageRange;
import io.jettison.wire.Codes;
import io.jettison.wire.Strings;
import io.jettison.wire.WireException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@link VmSpec} as bytes: name, driver; u16 count of page ranges, each u64 first and u64 count;
 * u16 count of disks, each id, path, u8 kind, format and u64 bytes; u16 count of settings, each key
 * and value.
 */
public final class VmSpecCodec {
  /** Longest encoding. */
  public static final int MAX_BYTES = 64 << 10;

  private static final Codes<Disk.Kind> KINDS =
      new Codes<>(List.of(Disk.Kind.READ_ONLY_EVERYWHERE, Disk.Kind.FOLLOWS, Disk.Kind.SHARED));

  private VmSpecCodec() {}

  /**
   * Writes a spec.
   *
   * @throws IllegalArgumentException if it is longer than {@link #MAX_BYTES}
   */
  public static void encode(VmSpec spec, ByteBuffer into) {
    try {
      Strings.put(into, spec.name());
      Strings.put(into, spec.driver());
      into.putShort((short) spec.memory().ranges().size());
      for (PageRange range : spec.memory().ranges()) {
        into.putLong(range.first()).putLong(range.count());
      }
      into.putShort((short) spec.disks().size());
      for (Disk disk : spec.disks()) {
        Strings.put(into, disk.id());
        Strings.put(into, disk.path());
        KINDS.put(into, disk.kind());
        Strings.put(into, disk.format());
        into.putLong(disk.bytes());
      }
      into.putShort((short) spec.settings().size());
      for (Map.Entry<String, String> setting : new TreeMap<>(spec.settings()).entrySet()) {
        Strings.put(into, setting.getKey());
        Strings.put(into, setting.getValue());
      }
    } catch (BufferOverflowException e) {
      throw new IllegalArgumentException(
          "the description of VM " + spec.name() + " is too long", e);
    }
  }

  private static Disk disk(ByteBuffer from) throws WireException {
    return new Disk(
        Strings.get(from), Strings.get(from), KINDS.get(from), Strings.get(from), from.getLong());
  }

  /**
   * Reads a spec.
   *
   * @throws WireException if there is none
   */
  public static VmSpec decode(ByteBuffer from) throws WireException {
    try {
      String name = Strings.get(from);
      String driver = Strings.get(from);
      List<PageRange> ranges = new ArrayList<>();
      for (int n = Short.toUnsignedInt(from.getShort()); n > 0; n--) {
        ranges.add(new PageRange(from.getLong(), from.getLong()));
      }
      List<Disk> disks = new ArrayList<>();
      for (int n = Short.toUnsignedInt(from.getShort()); n > 0; n--) {
        disks.add(disk(from));
      }
      Map<String, String> settings = new HashMap<>();
      for (int n = Short.toUnsignedInt(from.getShort()); n > 0; n--) {
        settings.put(Strings.get(from), Strings.get(from));
      }
      return new VmSpec(name, driver, new MemoryMap(ranges), disks, settings);
    } catch (java.nio.BufferUnderflowException e) {
      throw new WireException("a VM description is cut short", e);
    } catch (IllegalArgumentException e) {
      throw new WireException("a VM description is faulty: " + e.getMessage(), e);
    }
  }
}
