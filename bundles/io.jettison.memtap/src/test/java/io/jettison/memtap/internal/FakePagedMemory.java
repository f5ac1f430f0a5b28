package io.jettison.memtap.internal;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * A mock of the kernel's paging, for what cannot be counted there: each installation is checked and
 * counted. The real userfaultfd is in the drivers' and the system tests. Faults wait in a pipe.
 */
final class FakePagedMemory implements PagedMemory, AutoCloseable {
  private final MemoryMap map;
  private final FileDescriptor[] pipe = FileDescriptor.pipe();
  private final Deque<Long> queue = new ArrayDeque<>();
  private final Set<Long> waiting = new LinkedHashSet<>();
  private final Map<Long, byte[]> installed = new HashMap<>();
  private int twice;

  FakePagedMemory(long pages) throws IOException {
    map = MemoryMap.ofBytes(Pages.offset(pages));
  }

  /** A vCPU touches a page; returns at once. */
  synchronized void touch(long pfn) throws IOException {
    if (!installed.containsKey(pfn) && waiting.add(pfn)) {
      queue.add(pfn);
      pipe[1].write(ByteBuffer.allocateDirect(1), 0, 1);
    }
  }

  synchronized void awaitNobodyWaits() throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!waiting.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("pages that never came: " + waiting);
      }
      wait(100);
    }
  }

  synchronized byte[] contents(long pfn) {
    return installed.get(pfn);
  }

  synchronized int installedTwice() {
    return twice;
  }

  @Override
  public MemoryMap map() {
    return map;
  }

  @Override
  public int descriptor() {
    return pipe[0].intValue();
  }

  @Override
  public synchronized int drain(FaultSink sink) {
    int count = 0;
    try {
      while (!queue.isEmpty()) {
        pipe[0].read(ByteBuffer.allocateDirect(1), 0, 1);
        long pfn = queue.remove();
        if (!installed.containsKey(pfn)) { // the kernel forgets the fault of a vCPU that goes on
          sink.fault(pfn, false);
          count++;
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return count;
  }

  @Override
  public synchronized Installed install(long pfn, ByteBuffer source, int at) {
    byte[] page = new byte[Pages.SIZE];
    source.get(at, page);
    return put(pfn, page);
  }

  @Override
  public synchronized Installed installZero(long pfn) {
    return put(pfn, new byte[Pages.SIZE]);
  }

  private Installed put(long pfn, byte[] page) {
    boolean fresh = installed.putIfAbsent(pfn, page) == null;
    twice += fresh ? 0 : 1;
    waiting.remove(pfn);
    notifyAll();
    return fresh ? Installed.INSTALLED : Installed.PRESENT;
  }

  @Override
  public synchronized void retry() {
    try {
      for (long pfn : waiting) {
        if (!queue.contains(pfn)) {
          queue.add(pfn);
          pipe[1].write(ByteBuffer.allocateDirect(1), 0, 1);
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public synchronized PageSet resident() {
    PageSet set = new PageSet();
    installed.keySet().forEach(set::add);
    return set;
  }

  @Override
  public PageSet dirty() {
    return resident();
  }

  @Override
  public PageSet harvest() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean tracksWrites() {
    return false;
  }

  @Override
  public void read(long pfn, ByteBuffer into) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws IOException {
    pipe[0].close();
    pipe[1].close();
  }
}
