package io.jettison.power.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.power.Finding;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.power.PowerController.Waking;
import io.jettison.api.wake.SecureOn;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a prepared tree of files: no test ever puts a machine to sleep. */
class LinuxControllerTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String NOBODY = "a(ssssuu) 0";
  private static final String SOMEBODY =
      "a(ssssuu) 3 \"sleep\" \"NetworkManager\" \"turns networks off\" \"delay\" 0 512"
          + " \"shutdown:sleep\" \"apt \\\"install\\\"\" \"2 packages\" \"block\" 0 77"
          + " \"idle\" \"Videos\" \"sleep is for the weak\" \"block\" 1000 99";

  @TempDir private Path root;
  private FakeKernel kernel;
  private FakeCard card;
  private String inhibitors = NOBODY;

  private static final class FakeCard implements WakeOnLan, Link {
    private final List<String> calls = new ArrayList<>();
    private boolean pins = true;

    @Override
    public Outcome<Before> pin(String card, int megabits) {
      if (!pins) {
        return Outcome.refused("it cannot", "leave it");
      }
      calls.add("pin " + megabits);
      return Outcome.done(
          () -> {
            calls.add("restore");
            return Outcome.done();
          });
    }

    @Override
    public Outcome<WakeOnLan.State> state(String card) {
      return Outcome.done(new WakeOnLan.State(true, false, false, false));
    }

    @Override
    public Outcome<Nothing> enable(String card, Optional<SecureOn> password) {
      calls.add(card);
      return Outcome.done();
    }
  }

  private record Settings(
      String mode,
      String card,
      String password,
      String freeze,
      int port,
      String listen,
      String unbind,
      String suspend,
      int speed)
      implements LinuxController.Config {
    Settings(String mode, String card, String password, String freeze, int port, String listen) {
      this(mode, card, password, freeze, port, listen, "", "", 0);
    }

    @Override
    public Class<? extends Annotation> annotationType() {
      return LinuxController.Config.class;
    }
  }

  private static Settings settings(String mode) {
    return new Settings(mode, "", "", "user.slice", 9, "0 s");
  }

  @BeforeEach
  void tree() throws IOException {
    kernel = new FakeKernel(root);
    card = new FakeCard();
    kernel.source("wakeup0", "0000:03:00.0", "sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0");
    kernel.source("wakeup1", "0000:00:1c.0", "sys/devices/pci0000:00/0000:00:1c.0");
    kernel.source("wakeup2", "PNP0C0C:00", "sys/devices/LNXSYSTM:00/PNP0C0C:00");
    kernel.source("wakeup3", "alarmtimer.0.auto", "sys/devices/pnp0/00:01/rtc/rtc0");
    kernel.source("wakeup4", "1-3", "sys/devices/pci0000:00/0000:00:14.0/usb1/1-3");
    kernel.put("sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/bInterfaceClass", "03");
    kernel.source("wakeup5", "0000:00:14.0", "sys/devices/pci0000:00/0000:00:14.0");
  }

  private LinuxController controller(Settings settings) {
    return new LinuxController(settings, kernel, card, command -> Optional.of(inhibitors));
  }

  private LinuxController controller() {
    return controller(settings("auto"));
  }

  private static void assertRefused(Outcome<?> outcome, String words) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.oneLine()).contains(words));
  }

  @Test
  void everythingIsDoneInItsOrder() {
    Outcome<WakeReason> outcome = controller().sleep(HOUR);
    assertThat(outcome).isEqualTo(Outcome.done(WakeReason.UNKNOWN));
    assertThat(kernel.written)
        .containsExactly(
            "cgroup.freeze=1",
            "wakealarm=0",
            "wakealarm=4600",
            "mem_sleep=deep",
            "state=mem",
            "wakealarm=0");
    assertThat(kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze")).hasValue("0");
    assertThat(card.calls).containsExactly("eth0");
  }

  @ParameterizedTest
  @CsvSource({"auto,deep", "deep,deep", "s2idle,s2idle"})
  void theModeIsThatAskedForOrThatOfTheFirmware(String wanted, String mode) {
    assertThat(controller(settings(wanted)).sleep(HOUR).isDone()).isTrue();
    assertThat(kernel.written).contains("mem_sleep=" + mode);
  }

  @Test
  void aModeThePcHasNotIsRefused() throws IOException {
    kernel.put("sys/power/mem_sleep", "[s2idle]");
    assertRefused(controller(settings("deep")).sleep(HOUR), "no deep");
    kernel.put("sys/power/state", "freeze");
    assertRefused(controller().check(), "cannot sleep");
    assertThat(kernel.written).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "wakeup0,NETWORK",
    "wakeup1,NETWORK",
    "wakeup2,USER",
    "wakeup3,ALARM",
    "wakeup4,USER",
    "wakeup5,UNKNOWN"
  })
  void whoCountsWokeIt(String source, WakeReason reason) {
    kernel.sleep = () -> kernel.happens(source);
    assertThat(controller().sleep(HOUR)).isEqualTo(Outcome.done(reason));
  }

  @Test
  void aCardOfUsbIsNotTakenForAKeyboard() throws IOException {
    kernel.card("eth0", "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0");
    kernel.source("wakeup6", "1-4", "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4");
    kernel.sleep = () -> kernel.happens("wakeup6");
    assertThat(controller().sleep(HOUR)).isEqualTo(Outcome.done(WakeReason.NETWORK));
  }

  @ParameterizedTest
  @CsvSource({"eth0-rx-0,NETWORK", "eth01,UNKNOWN", "i8042,USER", "rtc0,ALARM", "acpi,UNKNOWN"})
  void theFirstInterruptTells(String action, WakeReason reason) throws IOException {
    kernel.sleep =
        () -> {
          kernel.put("sys/power/pm_wakeup_irq", "17");
          kernel.put("sys/kernel/irq/17/actions", action);
        };
    assertThat(controller().sleep(HOUR)).isEqualTo(Outcome.done(reason));
  }

  @Test
  void theAlarmIsKnownByItsTime() {
    kernel.sleep = () -> kernel.put("sys/class/rtc/rtc0/since_epoch", "4600");
    assertThat(controller().sleep(HOUR)).isEqualTo(Outcome.done(WakeReason.ALARM));
  }

  @ParameterizedTest
  @CsvSource({"1500,1500", "9000,4600"})
  void somebodyElsesAlarmIsKept(String others, String set) throws IOException {
    kernel.put("sys/class/rtc/rtc0/wakealarm", others);
    controller().sleep(HOUR);
    assertThat(kernel.written).containsSubsequence("wakealarm=" + set, "state=mem");
    assertThat(kernel.read("sys/class/rtc/rtc0/wakealarm")).hasValue(others);
  }

  @Test
  void itSleepsAgainAsOftenAsItIsTold() {
    kernel.sleep = () -> kernel.happens("wakeup0");
    List<String> asked = new ArrayList<>();
    Waking twice =
        (reason, packet) -> {
          asked.add(reason + " " + kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze").get());
          return asked.size() < 3;
        };
    assertThat(controller().sleep(HOUR, twice)).isEqualTo(Outcome.done(WakeReason.NETWORK));
    assertThat(asked).containsExactly("NETWORK 1", "NETWORK 1", "NETWORK 1");
    assertThat(kernel.written.stream().filter("state=mem"::equals)).hasSize(3);
    assertThat(kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze")).hasValue("0");
  }

  @Test
  void whoPressesAKeyMeanwhileIsNotSleptOver() {
    kernel.sleep = () -> kernel.happens("wakeup0");
    List<WakeReason> asked = new ArrayList<>();
    Waking waking =
        (reason, packet) -> {
          asked.add(reason);
          try {
            kernel.happens("wakeup2");
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return reason != WakeReason.USER;
        };
    assertThat(controller().sleep(HOUR, waking)).isEqualTo(Outcome.done(WakeReason.USER));
    assertThat(asked).containsExactly(WakeReason.NETWORK, WakeReason.USER);
  }

  @Test
  void aSleepThatFailsLeavesNothingFrozenAndNoAlarm() {
    kernel.sleep =
        () -> {
          throw new IOException("Device or resource busy");
        };
    assertRefused(controller().sleep(HOUR), "busy");
    assertThat(kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze")).hasValue("0");
    assertThat(kernel.read("sys/class/rtc/rtc0/wakealarm")).isEmpty();
  }

  @Test
  void whoKeepsThePcAwakeIsHonoured() {
    inhibitors = SOMEBODY;
    assertRefused(controller().sleep(HOUR), "apt \"install\": 2 packages");
    assertThat(kernel.written).isEmpty();
    assertThat(controller().findings())
        .filteredOn(finding -> finding.what().equals("inhibitors"))
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.text())
                    .doesNotContain("NetworkManager")
                    .doesNotContain("Videos"));
  }

  @Test
  void aNetworkNamespaceDoesNotPutItsMachineToSleep() throws IOException {
    kernel.link("proc/self/ns/net", Path.of("net:[2]"));
    assertRefused(controller().sleep(HOUR), "[power.lab]");
    kernel.remove("proc/1/ns/net"); // as in some containers
    assertRefused(controller().sleep(HOUR), "container");
    assertThat(kernel.written).isEmpty();
  }

  @Test
  void severalCardsWantAName() throws IOException {
    kernel.card("eth1", "sys/devices/pci0000:00/0000:04:00.0");
    assertRefused(controller().sleep(HOUR), "eth0, eth1");
    Settings named = new Settings("auto", "eth1", "", "user.slice", 9, "0 s");
    assertThat(controller(named).sleep(HOUR).isDone()).isTrue();
    assertThat(card.calls).containsExactly("eth1");
  }

  @Test
  void aPasswordTheCardDoesNotKnowIsSaid() {
    Settings secret = new Settings("auto", "", "01:02:03:04:05:06", "", 9, "0 s");
    assertRefused(controller(secret).check(), "SecureOn");
    Settings wrong = new Settings("auto", "", "hush", "", 9, "0 s");
    assertRefused(controller(wrong).sleep(HOUR), "six bytes");
  }

  @Test
  void itsOwnGroupIsNotFrozen() throws IOException {
    kernel.put("proc/self/cgroup", "0::/user.slice/user-1000.slice/session-1.scope");
    assertThat(controller().sleep(HOUR).isDone()).isTrue();
    assertThat(kernel.written).doesNotContain("cgroup.freeze=1");
    assertThat(controller().findings())
        .contains(
            controller().findings().stream()
                .filter(finding -> finding.text().equals("jettisond runs in user.slice itself"))
                .findFirst()
                .orElseThrow());
  }

  @Test
  void thePacketThatIsSentAgainSaysWhatFor() throws Exception {
    int port;
    try (DatagramSocket free = new DatagramSocket(0)) {
      port = free.getLocalPort();
    }
    ByteBuffer packet =
        WakePacketCodec.encode(
            new Target(0x024a45540001L, InetAddress.getLoopbackAddress()),
            Optional.of(new Context(42, 7)));
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    kernel.sleep =
        () -> {
          kernel.happens("wakeup0");
          try (DatagramSocket socket = new DatagramSocket()) {
            byte[] other = new byte[200];
            InetAddress here = InetAddress.getLoopbackAddress();
            socket.send(new DatagramPacket(other, other.length, here, port));
            socket.send(new DatagramPacket(bytes, bytes.length, here, port));
          }
        };
    Settings settings = new Settings("auto", "", "", "", port, "60 s");
    List<Long> contexts = new ArrayList<>();
    Outcome<WakeReason> outcome =
        controller(settings)
            .sleep(
                HOUR,
                (reason, woke) -> {
                  contexts.add(WakePacketCodec.find(woke.get()).get().context().getAsLong());
                  return false;
                });
    assertThat(outcome).isEqualTo(Outcome.done(WakeReason.NETWORK));
    assertThat(contexts).containsExactly(42L);
  }

  @Test
  void aPcThatHasEverythingFindsNothingMissing() {
    assertThat(controller().findings()).allMatch(finding -> finding.state() == Finding.State.OK);
    assertThat(controller().check()).isEqualTo(Outcome.done("sleeps by deep, is woken by eth0"));
  }

  @Test
  void whatIsMissingHasARemedy() throws IOException {
    Path empty = Files.createDirectory(root.resolve("empty"));
    LinuxController bare =
        new LinuxController(
            settings("auto"), new Kernel(empty), new Ethtool(), command -> Optional.empty());
    assertThat(bare.findings())
        .filteredOn(finding -> finding.state() != Finding.State.OK)
        .hasSizeGreaterThan(5)
        .allMatch(finding -> finding.remedy().isPresent());
  }

  @Test
  void thisMachineIsOnlyLookedAt() {
    Kernel real =
        new Kernel(Path.of("/")) {
          @Override
          void write(String file, String value) {
            throw new AssertionError(file + " must not be written");
          }
        };
    List<Finding> findings =
        new LinuxController(settings("auto"), real, new Ethtool(), Tool::process).findings();
    assertThat(findings).extracting(Finding::what).contains("machine", "sleep", "network card");
  }

  /** A camera, a graphics card and a disk, and what is told to leave the first two alone. */
  private LinuxController selective() throws IOException {
    kernel.device("usb", "1-4", "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4", "usb");
    kernel.device("pci", "0000:01:00.0", "sys/devices/pci0000:00/0000:01:00.0", "radeon");
    kernel.device("pci", "0000:02:00.0", "sys/devices/pci0000:00/0000:02:00.0", "nvme");
    return controller(
        new Settings("auto", "", "", "user.slice", 9, "0 s", "pci/0000:01:00.0", "usb/1-4", 100));
  }

  private boolean isBound(String device) {
    return kernel.exists("sys/bus/" + device + "/driver");
  }

  @Test
  void listedDevicesAreLeftAloneUntilTheFullResume() throws Exception {
    LinuxController controller = selective();
    kernel.sleep = () -> kernel.happens("wakeup0");
    List<String> asked = new ArrayList<>();
    Waking twice =
        (reason, packet) -> {
          asked.add(
              isBound("pci/devices/0000:01:00.0")
                  + " "
                  + kernel.read("sys/bus/usb/devices/1-4/power/control").get()
                  + " "
                  + kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze").get()
                  + " "
                  + card.calls);
          return asked.size() < 2;
        };
    assertThat(controller.sleep(HOUR, twice)).isEqualTo(Outcome.done(WakeReason.NETWORK));
    assertThat(asked)
        .containsExactly("false auto 1 [eth0, pin 100]", "false auto 1 [eth0, pin 100]");
    // devices before the session, whose programs may have to let go of them
    assertThat(kernel.written)
        .startsWith("unbind=0000:01:00.0", "control=auto", "cgroup.freeze=1")
        .endsWith("bind=0000:01:00.0");
    assertThat(isBound("pci/devices/0000:01:00.0")).isTrue();
    assertThat(kernel.read("sys/bus/usb/devices/1-4/power/control")).hasValue("on");
    assertThat(kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze")).hasValue("0");
    assertThat(card.calls).containsExactly("eth0", "pin 100", "restore");
  }

  @Test
  void aDriverThatDoesNotLetGoKeepsItsDevice() throws Exception {
    LinuxController controller = selective();
    kernel.stubborn = "unbind";
    card.pins = false;
    assertThat(controller.sleep(HOUR).isDone()).isTrue();
    assertThat(isBound("pci/devices/0000:01:00.0")).isTrue();
    assertThat(kernel.written).contains("cgroup.freeze=1", "state=mem");
    assertThat(card.calls).containsExactly("eth0");
  }

  @Test
  void aDeviceThatDoesNotComeBackCostsNothingElse() throws Exception {
    LinuxController controller = selective();
    kernel.stubborn = "bind";
    kernel.sleep =
        () -> {
          throw new IOException("Device or resource busy");
        };
    assertRefused(controller.sleep(HOUR), "busy");
    assertThat(isBound("pci/devices/0000:01:00.0")).isFalse();
    assertThat(kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze")).hasValue("0");
    assertThat(kernel.read("sys/bus/usb/devices/1-4/power/control")).hasValue("on");
    assertThat(card.calls).endsWith("restore");
  }

  @ParameterizedTest
  @CsvSource({
    "pci/0000:03:00.0,network card eth0",
    "pci/0000:00:1c.0,network card eth0",
    "usb/1-3,something that wakes the PC",
    "pci/0000:02:00.0,disk nvme0n1",
    "pci/0000:0a:00.0,is not there",
    "../etc,is not there",
    "pci/../..,is not there",
    "pci/0000:04:00.0,has no driver"
  })
  void whatThePcNeedsIsNotUnbound(String device, String why) throws Exception {
    selective();
    String bridge = "sys/devices/pci0000:00/0000:00:1c.0";
    kernel.device("pci", "0000:00:1c.0", bridge, "pcieport");
    kernel.device("pci", "0000:03:00.0", bridge + "/0000:03:00.0", "r8169");
    kernel.device("usb", "1-3", "sys/devices/pci0000:00/0000:00:14.0/usb1/1-3", "usb");
    kernel.device("pci", "0000:04:00.0", "sys/devices/pci0000:00/0000:04:00.0", "none");
    kernel.remove("sys/devices/pci0000:00/0000:04:00.0/driver");
    kernel.put("sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/size", "1");
    kernel.link(
        "sys/class/block/nvme0n1",
        root.resolve("sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1"));
    LinuxController controller =
        controller(new Settings("auto", "", "", "user.slice", 9, "0 s", device, "", 0));
    assertThat(controller.findings())
        .filteredOn(finding -> finding.what().equals("devices"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.text()).contains(why));
    assertThat(controller.sleep(HOUR).isDone()).isTrue();
    assertThat(kernel.written).noneMatch(line -> line.startsWith("unbind"));
  }

  @Test
  void listedDevicesAreToldByTheCheck() throws Exception {
    assertThat(selective().findings())
        .contains(Finding.ok("devices", "leaves alone pci/0000:01:00.0, usb/1-4"));
  }

  @Test
  void theUsersSessionThawsAndDevicesAreBoundWhenTheJvmDies() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
    kernel.device("pci", "0000:01:00.0", "sys/devices/pci0000:00/0000:01:00.0", "radeon");
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                DyingJvm.class.getName(),
                root.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Path bind = root.resolve("sys/bus/pci/drivers/radeon/bind");
    assertThat(jvm.inputReader().readLine()).isEqualTo("1");
    jvm.destroyForcibly().waitFor();
    Path freeze = root.resolve("sys/fs/cgroup/user.slice/cgroup.freeze");
    long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    // a file of the tree binds nothing, but shows what was written to it
    while (!Files.readString(freeze).strip().equals("0")
        || !Files.readString(bind).strip().equals("0000:01:00.0")) {
      assertThat(System.nanoTime()).as("thawed").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  /** Freezes a session and is killed. */
  static final class DyingJvm {
    public static void main(String[] words) throws Exception {
      Kernel kernel = new Kernel(Path.of(words[0]));
      List<Still> stills =
          new ArrayList<>(new Devices(kernel, "pci/0000:01:00.0", "").stills("eth0"));
      stills.addAll(new Session(kernel, "user.slice").stills());
      new Stillness(kernel).begin(stills);
      System.out.println(kernel.read("sys/fs/cgroup/user.slice/cgroup.freeze").orElseThrow());
      int unused = System.in.read();
    }
  }
}
