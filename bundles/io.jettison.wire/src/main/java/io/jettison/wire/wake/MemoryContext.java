package io.jettison.wire.wake;

import io.jettison.api.wake.Waker.Context;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The context of the memory server: a page that a VM waits for. */
public final class MemoryContext {
  /** "JTSNMEM1". */
  public static final long ID = 0x4a54534e4d454d31L;

  /** Stands for no VM in particular. */
  public static final long ANY = 0;

  /**
   * Its arguments.
   *
   * @param pfn the page
   * @param vm {@link #key} of the VM; {@link #ANY} if the packet does not say which
   */
  public record Arguments(long pfn, long vm) {}

  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private MemoryContext() {}

  /**
   * For a page.
   *
   * @param vm the VM's name on its desktop; for a block in place of a page, {@code VM/DISK}
   * @param pfn the page or block
   */
  public static Context of(String vm, long pfn) {
    return new Context(ID, pfn, List.of(key(vm)));
  }

  /** Reads what followed the context id; empty if it is cut short. */
  public static Optional<Arguments> read(ByteBuffer arguments) {
    try {
      long pfn = arguments.getLong();
      long vm = arguments.remaining() >= Long.BYTES ? arguments.getLong() : ANY;
      return Optional.of(new Arguments(pfn, vm));
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  /** What names a VM in eight bytes: FNV-1a of its name in UTF-8; never {@link #ANY}. */
  public static long key(String vm) {
    long hash = FNV_BASIS;
    for (byte b : vm.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ Byte.toUnsignedLong(b)) * FNV_PRIME;
    }
    return hash == ANY ? 1 : hash;
  }
}
