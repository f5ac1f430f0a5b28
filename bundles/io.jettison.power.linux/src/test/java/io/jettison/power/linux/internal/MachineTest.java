package io.jettison.power.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine of QEMU that really suspends, to S3 and to s2idle, and is woken by its alarm and its
 * power button. Opt-in, for it takes minutes and what the lab's guest is built from: {@code
 * -Djettison.machine=FOLDER} names the folder native/guest/build.sh has filled.
 */
@EnabledIfSystemProperty(named = "jettison.machine", matches = ".+")
class MachineTest {
  @TempDir private Path folder;

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void itSleepsAndIsWoken() throws Exception {
    Path guest = Path.of(System.getProperty("jettison.machine"));
    Process build =
        new ProcessBuilder(
                "src/test/rig/build.sh",
                folder.toString(),
                guest.toString(),
                System.getProperty("java.class.path"))
            .inheritIO()
            .start();
    assertThat(build.waitFor()).isZero();
    Path monitor = folder.resolve("qmp");
    Process machine =
        new ProcessBuilder(
                "qemu-system-x86_64",
                "-machine",
                "pc",
                "-m",
                "768",
                "-nographic",
                "-no-reboot",
                "-monitor",
                "none",
                "-serial",
                "stdio",
                "-global",
                "PIIX4_PM.disable_s3=0",
                "-nic",
                "user,model=e1000,restrict=on",
                "-nic",
                "user,model=e1000,restrict=on",
                "-qmp",
                "unix:" + monitor + ",server=on,wait=off",
                "-kernel",
                guest.resolve("vmlinuz").toString(),
                "-initrd",
                folder.resolve("initrd.gz").toString(),
                "-append",
                "console=ttyS0 quiet panic=-1")
            .redirectErrorStream(true)
            .start();
    List<String> slept = new ArrayList<>();
    List<String> kept = new ArrayList<>();
    try (BufferedReader console = machine.inputReader(StandardCharsets.ISO_8859_1)) {
      String line;
      while ((line = console.readLine()) != null) {
        System.out.println(line);
        int at = line.indexOf("RIG ");
        String said = at < 0 ? "" : line.substring(at + 4).strip();
        if (said.startsWith("pinned")
            || said.startsWith("restored")
            || said.startsWith("meanwhile")
            || said.startsWith("after it")) {
          kept.add(said);
        } else if (said.startsWith("slept")) {
          slept.add(said);
        } else if (said.startsWith("button")) {
          press(monitor, said.endsWith("deep"));
        } else if (said.equals("end")) {
          break;
        }
      }
    } finally {
      machine.destroyForcibly().waitFor();
    }
    // a card whose driver was taken away is none while the machine has resumed for one thing alone
    assertThat(kept.subList(0, 4))
        .containsExactly(
            "pinned true", "meanwhile [eth0, lo]", "restored true", "after it [eth0, eth1, lo]");
    assertThat(slept)
        .containsExactly(
            "slept deep Done[value=ALARM]",
            "slept deep Done[value=ALARM]",
            "slept deep Done[value=ALARM]",
            "slept deep Done[value=USER]",
            "slept s2idle Done[value=USER]",
            "slept s2idle Done[value=USER]");
  }

  /**
   * Presses the power button: in S3 when QEMU says that the machine is there, else a while later.
   */
  private static void press(Path monitor, boolean deep) throws Exception {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(monitor));
      ask(channel, "{\"execute\":\"qmp_capabilities\"}");
      while (deep && !ask(channel, "{\"execute\":\"query-status\"}").contains("\"suspended\"")) {
        Thread.onSpinWait();
      }
      if (deep) {
        ask(channel, "{\"execute\":\"system_wakeup\"}");
      } else {
        // nobody outside sees s2idle; a button pressed before ends the way to sleep just the same
        TimeUnit.SECONDS.sleep(5);
        ask(channel, "{\"execute\":\"system_powerdown\"}");
      }
    }
  }

  private static String ask(SocketChannel channel, String command) throws Exception {
    channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
    StringBuilder answer = new StringBuilder();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (!answer.toString().contains("\"return\"") && channel.read(buffer.clear()) > 0) {
      answer.append(StandardCharsets.UTF_8.decode(buffer.flip()));
    }
    return answer.toString();
  }
}
