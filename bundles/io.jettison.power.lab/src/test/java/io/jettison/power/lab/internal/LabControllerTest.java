package io.jettison.power.lab.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM in a network namespace, really frozen, and really woken by packets. */
class LabControllerTest {
  private static final long MAC = 0x024a45540001L;
  private static final long OTHER = 0x024a45540009L;
  private static final long CONTEXT = 0x5445535443545854L;
  private static final long NEVER = 600_000;

  @TempDir private Path folder;
  private Cable cable;
  private Process pc;
  private BufferedReader said;

  @BeforeEach
  void cable() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "network namespaces can be made by root");
    cable = new Cable();
  }

  @AfterEach
  void uncable() throws Exception {
    try {
      if (pc != null) {
        List<Path> left = groups();
        // also what is frozen can be killed; the keeper sees it and ends
        pc.destroyForcibly().waitFor();
        await("the control groups are gone", () -> left.stream().noneMatch(Files::exists));
      }
    } finally {
      if (cable != null) {
        cable.close();
      }
    }
  }

  private void boot(int suspend, int selective, int full) throws Exception {
    List<String> command = new ArrayList<>(cable.onPc());
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            TestPc.class.getName(),
            folder.toString(),
            "" + suspend,
            "" + selective,
            "" + full));
    pc = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    said = pc.inputReader(StandardCharsets.UTF_8);
    assertThat(heard()).startsWith("ready Done[value=an emulated PC");
  }

  private void tell(String order) throws IOException {
    OutputStream out = pc.getOutputStream();
    out.write((order + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** The next line the PC says that is not of its log. */
  private String heard() throws IOException {
    while (true) {
      String line = said.readLine();
      if (line == null || line.matches("(ready|asked|woke|refused|echo).*")) {
        return line;
      }
    }
  }

  /** The PC's control groups. */
  private List<Path> groups() {
    String name = "/jettison-pc-" + keeperGuardian().orElse(-1L);
    return Stream.of("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
        .map(root -> Path.of(root + name))
        .filter(Files::isDirectory)
        .toList();
  }

  private long keeperWorker() throws IOException {
    return Long.parseLong(Files.readString(folder.resolve("power.key")).strip());
  }

  private Optional<Long> keeperGuardian() {
    try {
      return ProcessHandle.of(keeperWorker())
          .flatMap(ProcessHandle::parent)
          .map(ProcessHandle::pid);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private boolean frozen(String group) {
    try {
      return groups().size() == 1
          && Files.readString(groups().get(0).resolve(group).resolve("cgroup.events"))
              .contains("frozen 1");
    } catch (IOException e) {
      return false;
    }
  }

  private boolean asleep() {
    return frozen("agent") && frozen("rest");
  }

  /** Whether a program sees all frames of the PC's namespace: its network card listens. */
  private boolean listening() {
    try {
      return Files.readAllLines(Path.of("/proc/" + pc.pid() + "/net/packet")).stream()
          .anyMatch(line -> line.split(" +", -1)[3].equals("0003"));
    } catch (IOException e) {
      return false;
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static byte[] packet(long mac, Optional<Context> context) throws IOException {
    ByteBuffer packet =
        WakePacketCodec.encode(
            new Target(mac, InetAddress.getByAddress(new byte[] {10, 78, 1, 1})), context);
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    return bytes;
  }

  private static final Optional<Context> SOME = Optional.of(new Context(CONTEXT, 7));

  private void datagram(byte[] bytes) throws Exception {
    cable.onServer(
        () -> {
          sendDatagram(bytes);
          return true;
        });
  }

  private void frame(byte[] bytes) throws Exception {
    cable.onServer(
        () -> {
          Cable.sendFrame(bytes);
          return true;
        });
  }

  private static void sendDatagram(byte[] bytes) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setBroadcast(true);
      socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getByName("10.78.1.255"), 9));
    }
  }

  private void sleep() throws IOException {
    tell("sleep " + NEVER);
    await("the PC sleeps", this::asleep);
  }

  @Test
  void nothingRunsUntilItsMagicPacketComes() throws Exception {
    boot(5, 3, 9);
    sleep();
    byte[] page = new byte[300];
    datagram(page);
    datagram(packet(OTHER, Optional.empty()));
    assertThat(asleep()).isTrue();
    datagram(packet(MAC, Optional.empty()));
    assertThat(heard()).isEqualTo("asked NETWORK -");
    tell("resume");
    assertThat(heard()).isEqualTo("woke NETWORK");
    assertThat(frozen("agent") || frozen("rest")).as("something still is frozen").isFalse();
  }

  @Test
  void aFrameWakesOnlyTheAgentAndItMaySleepAgain() throws Exception {
    boot(5, 3, 9);
    List<String> command = new ArrayList<>(cable.onPc());
    command.addAll(List.of("sleep", "1000"));
    Process session = new ProcessBuilder(command).start();
    try {
      await("the session is on the PC", () -> program(session).equals("sleep"));
      sleep();
      for (int i = 0; i < 3; i++) {
        frame(packet(MAC, SOME));
        assertThat(heard()).isEqualTo("asked NETWORK " + Long.toHexString(CONTEXT));
        assertThat(frozen("agent")).isFalse();
        assertThat(frozen("rest")).isTrue();
        assertThat(Files.readString(Path.of("/proc/" + session.pid() + "/cgroup")))
            .contains("/rest");
        tell("again");
        await("the PC sleeps again", this::asleep);
      }
      datagram(packet(MAC, SOME));
      assertThat(heard()).startsWith("asked NETWORK");
      tell("resume");
      assertThat(heard()).isEqualTo("woke NETWORK");
      assertThat(frozen("rest")).isFalse();
      assertThat(session.isAlive()).isTrue();
    } finally {
      session.destroyForcibly();
    }
  }

  // `ip netns exec` enters the PC before it becomes the program
  private static String program(Process process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPcAsleepDoesNotEvenAcknowledge() throws Exception {
    boot(5, 3, 9);
    try (Socket socket = cable.onServer(() -> new Socket("10.78.1.1", 7))) {
      socket.setTcpNoDelay(true);
      socket.getOutputStream().write('a');
      assertThat(socket.getInputStream().read()).isEqualTo('a');
      sleep();
      socket.getOutputStream().write('b');
      // three times sent in vain: whatever acknowledges would have done so
      await(
          "TCP sends it again and again",
          () -> {
            try {
              return cable.connections().matches("(?s).*unacked:1.*retrans:\\d+/([3-9]|\\d\\d).*");
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      assertThat(asleep()).isTrue();
      datagram(packet(MAC, Optional.empty()));
      assertThat(heard()).isEqualTo("asked NETWORK -");
      tell("resume");
      assertThat(socket.getInputStream().read()).isEqualTo('b');
    }
  }

  @Test
  void alarmAndKeyWakeIt() throws Exception {
    boot(5, 3, 9);
    tell("sleep 20");
    assertThat(heard()).isEqualTo("asked ALARM -");
    tell("resume");
    assertThat(heard()).isEqualTo("woke ALARM");
    sleep();
    Cable.run("kill -USR1 " + keeperWorker());
    assertThat(heard()).isEqualTo("asked USER -");
    tell("resume");
    assertThat(heard()).isEqualTo("woke USER");
  }

  @Test
  void aKeyPressedDuringASelectiveResumeIsNotSleptOver() throws Exception {
    boot(5, 3, 9);
    sleep();
    datagram(packet(MAC, SOME));
    assertThat(heard()).startsWith("asked NETWORK");
    Cable.run("kill -USR1 " + keeperWorker());
    tell("again");
    assertThat(heard()).isEqualTo("asked USER -");
    tell("resume");
    assertThat(heard()).isEqualTo("woke USER");
  }

  @Test
  void aPcWhoseKeeperIsKilledIsNotLost() throws Exception {
    boot(5, 3, 9);
    sleep();
    Cable.run("kill -KILL " + keeperWorker()); // its guardian frees the PC
    assertThat(heard()).startsWith("refused the PC's keeper has ended");
    sleep(); // with a new one
    long worker = keeperWorker();
    Cable.run("kill -KILL " + keeperGuardian().orElseThrow()); // its worker does
    assertThat(heard()).startsWith("refused the PC's keeper has ended");
    await("the worker ends", () -> ProcessHandle.of(worker).isEmpty());
    datagramEchoes();
  }

  @Test
  void aPcWhoseKeepersAreAllKilledIsThawedByHand() throws Exception {
    boot(5, 3, 9);
    sleep();
    List<Path> left = groups();
    long guardian = keeperGuardian().orElseThrow();
    Cable.run("kill -STOP " + guardian); // so that it cannot free the PC
    Cable.run("kill -KILL " + keeperWorker() + " " + guardian);
    assertThat(Files.readString(left.get(0).resolve("agent/cgroup.events"))).contains("frozen 1");
    await(
        "it is thawed, once those who were killed are gone",
        () -> {
          try {
            Cable.run(folder.resolve("jettison-keeper") + " thaw");
          } catch (Exception e) {
            throw new AssertionError(e);
          }
          return !Files.exists(left.get(0));
        });
    assertThat(heard()).startsWith("refused the PC's keeper has ended");
    datagramEchoes();
  }

  /** The cable carries. */
  private void datagramEchoes() throws Exception {
    try (Socket socket = cable.onServer(() -> new Socket("10.78.1.1", 7))) {
      socket.getOutputStream().write('c');
      assertThat(socket.getInputStream().read()).isEqualTo('c');
    }
  }

  @Test
  void noPacketIsLostWhateverItMeets() throws Exception {
    int suspend = 3;
    boot(suspend, 1, 2);
    Random random = new Random(20150914);
    byte[] packet = packet(MAC, Optional.empty());
    int rounds = 300;
    for (int i = 0; i < rounds; i++) {
      tell("sleep 20000");
      await("the card listens", this::listening);
      // before, while and after the processes freeze, and when the PC sleeps
      LockSupport.parkNanos(random.nextLong(4L * suspend * 1_000_000));
      if (random.nextBoolean()) {
        datagram(packet);
      } else {
        frame(packet);
      }
      assertThat(heard()).as("round %d", i).isEqualTo("asked NETWORK -");
      tell("resume");
      assertThat(heard()).as("round %d", i).isEqualTo("woke NETWORK");
    }
  }

  @Test
  void aHostWithoutANamespaceOfItsOwnIsNotFrozen() {
    assertThat(Keeper.start(folder, "lo", MAC).toString()).contains("the whole machine");
  }
}
