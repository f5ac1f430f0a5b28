package io.jettison.power.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real call, on interfaces that have no Wake-on-LAN: no other can be had without hardware. */
class EthtoolTest {
  private static final class Linux {
    static {
      Native.register(Linux.class, "c");
    }

    private Linux() {}

    static native int open(String path, int flags);

    static native int setns(int fd, int kind);

    static native int close(int fd);
  }

  private static final String NAMESPACE = "jettison-wol-" + ProcessHandle.current().pid();
  private static final int CLONE_NEWNET = 0x40000000;

  @BeforeAll
  static void cards() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "network namespaces can be made by root");
    run("ip netns add " + NAMESPACE);
    run("ip -n " + NAMESPACE + " link add dev cable type veth peer name end");
    run("ip -n " + NAMESPACE + " tuntap add dev tap7 mode tap");
  }

  @AfterAll
  static void clean() throws Exception {
    new ProcessBuilder("ip", "netns", "delete", NAMESPACE).start().waitFor();
  }

  private static String run(String command) throws Exception {
    Process process = new ProcessBuilder(command.split(" ", -1)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  private static <T> T inside(Callable<T> task) throws Exception {
    FutureTask<T> inside =
        new FutureTask<>(
            () -> {
              int fd = Linux.open("/run/netns/" + NAMESPACE, 0);
              assertThat(Linux.setns(fd, CLONE_NEWNET)).isZero();
              Linux.close(fd);
              return task.call();
            });
    new Thread(inside, "inside").start();
    return inside.get(30, TimeUnit.SECONDS);
  }

  private static void assertRefused(Outcome<?> outcome, String words) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).contains(words));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cable", "tap7", "lo"})
  void aCardWithoutWakeOnLanIsSaidToHaveNone(String card) throws Exception {
    String words = "the network card " + card + " has no Wake-on-LAN";
    assertRefused(inside(() -> new Ethtool().state(card)), words);
    assertRefused(inside(() -> new Ethtool().enable(card, Optional.empty())), words);
  }

  /** A tap device keeps what it is told. */
  @Test
  void theSpeedOfALinkIsPinnedAndRestored() throws Exception {
    String before = settings();
    assertThat(before).doesNotContain("Speed: 1000Mb/s");
    Link.Before link = inside(() -> new Ethtool().pin("tap7", 1000)).orThrow();
    assertThat(settings()).contains("Speed: 1000Mb/s", "Duplex: Full", "Auto-negotiation: off");
    assertThat(inside(link::restore).isDone()).isTrue();
    assertThat(settings()).isEqualTo(before);
  }

  private static String settings() throws Exception {
    return run("ip netns exec " + NAMESPACE + " ethtool tap7");
  }

  @Test
  void aLinkWhoseSpeedIsFixedIsSaidToBe() throws Exception {
    assertRefused(inside(() -> new Ethtool().pin("lo", 100)), "the speed of lo cannot be fixed");
    assertRefused(inside(() -> new Ethtool().pin("none", 100)), "there is no network card none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "a-name-that-is-too-long-for-any"})
  void aCardThatIsNotThereIsSaid(String card) throws Exception {
    assertRefused(inside(() -> new Ethtool().state(card)), "there is no network card " + card);
  }
}
