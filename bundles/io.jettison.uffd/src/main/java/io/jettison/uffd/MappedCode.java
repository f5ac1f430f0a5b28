package io.jettison.uffd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The code and constants of another process. */
final class MappedCode {
  private static final Logger LOG = LoggerFactory.getLogger(MappedCode.class);
  private static final int SINK_BYTES = 1 << 18;

  // never a shared mapping: that is the guest's memory, where reading a hole allocates a page
  private static final Pattern PRIVATE_FILE =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r..p \\S+ \\S+ [1-9][0-9]* +/.*");

  private MappedCode() {}

  /**
   * Has the kernel map all of it: a read from outside faults pages into the process that has them.
   *
   * @return bytes that are mapped now; 0 if the process may not be read
   */
  static long faultIn(long pid) {
    Path process = Path.of("/proc/" + pid);
    long mapped = 0;
    try (FileChannel memory = FileChannel.open(process.resolve("mem"), StandardOpenOption.READ)) {
      ByteBuffer sink = ByteBuffer.allocateDirect(SINK_BYTES);
      for (String mapping : Files.readAllLines(process.resolve("maps"))) {
        Matcher privateFile = PRIVATE_FILE.matcher(mapping);
        if (privateFile.matches()) {
          long from = Long.parseUnsignedLong(privateFile.group(1), 16);
          mapped += read(memory, from, Long.parseUnsignedLong(privateFile.group(2), 16), sink);
        }
      }
    } catch (IOException e) {
      LOG.debug("the code of process {} is not mapped ahead: {}", pid, e.toString());
    }
    return mapped;
  }

  private static long read(FileChannel memory, long from, long to, ByteBuffer sink) {
    long at = from;
    try {
      while (at < to) {
        sink.clear().limit((int) Math.min(sink.capacity(), to - at));
        int count = memory.read(sink, at);
        if (count <= 0) {
          break;
        }
        at += count;
      }
    } catch (IOException e) {
      LOG.debug("a mapping reaches beyond the end of its file: {}", e.toString());
    }
    return at - from;
  }
}
