package io.jettison.caesar.memory.internal;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;

/** A guest whose page n holds n + 1 everywhere; its faults wait in a pipe. */
final class TestGuest implements PagedMemory, AutoCloseable {
  private final MemoryMap map;
  private final FileDescriptor[] pipe = FileDescriptor.pipe();
  private final Deque<Long> faults = new ArrayDeque<>();
  private final Set<Long> waiting = new LinkedHashSet<>();
  private final PageSet present = new PageSet();

  TestGuest(long pages) throws IOException {
    map = MemoryMap.ofBytes(Pages.offset(pages));
  }

  synchronized void touch(long pfn) throws IOException {
    if (!present.contains(pfn) && waiting.add(pfn)) {
      fault(pfn);
    }
  }

  private void fault(long pfn) throws IOException {
    faults.add(pfn);
    pipe[1].write(ByteBuffer.allocateDirect(1), 0, 1);
  }

  synchronized boolean has(long pfn) {
    return present.contains(pfn);
  }

  synchronized void await(long pfn) throws InterruptedException {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!present.contains(pfn)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("page " + pfn + " never came");
      }
      wait(100);
    }
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
      while (!faults.isEmpty()) {
        pipe[0].read(ByteBuffer.allocateDirect(1), 0, 1);
        long pfn = faults.remove();
        if (!present.contains(pfn)) {
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
    for (int i = 0; i < Pages.SIZE; i += Long.BYTES) {
      if (source.getLong(at + i) != pfn + 1) {
        throw new AssertionError("page " + pfn + " is wrong");
      }
    }
    if (!present.add(pfn)) {
      throw new AssertionError("page " + pfn + " came twice");
    }
    waiting.remove(pfn);
    notifyAll();
    return Installed.INSTALLED;
  }

  @Override
  public Installed installZero(long pfn) {
    throw new AssertionError("page " + pfn + " is not zero");
  }

  @Override
  public synchronized void retry() {
    try {
      for (long pfn : waiting) {
        if (!faults.contains(pfn)) {
          fault(pfn);
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public synchronized PageSet resident() {
    return present.copy();
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
