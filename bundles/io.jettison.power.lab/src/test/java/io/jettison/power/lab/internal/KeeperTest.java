package io.jettison.power.lab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A keeper that is a shell. */
class KeeperTest {
  private static Process shell(String script) throws Exception {
    return new ProcessBuilder("sh", "-c", script).start();
  }

  private static Keeper keeper(Process process) throws Exception {
    return ((Done<Keeper>) Keeper.of(process)).value();
  }

  @Test
  void oneThatHasEndedIsNotAskedAgainThoughItsProcessStillIsThere() throws Exception {
    Process process = shell("echo ready 7; read question; exec >&-; exec cat >/dev/null");
    try {
      Keeper keeper = keeper(process);
      assertThat(keeper.isAlive()).isTrue();
      assertThat(keeper.resume(Duration.ZERO)).isInstanceOf(Refused.class);
      assertThat(process.isAlive()).isTrue();
      assertThat(keeper.isAlive()).isFalse();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void oneThatRefusesIsAskedAgain() throws Exception {
    Process process =
        shell("echo ready 7; read question; echo refused not now; read question; echo resumed");
    try {
      Keeper keeper = keeper(process);
      assertThat(((Refused<?>) keeper.resume(Duration.ZERO)).oneLine()).startsWith("not now");
      assertThat(keeper.isAlive()).isTrue();
      assertThat(keeper.resume(Duration.ZERO)).isInstanceOf(Done.class);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void oneThatIsNotReadyKeepsNothing() throws Exception {
    assertThat(((Refused<?>) Keeper.of(shell("echo refused no card here"))).oneLine())
        .startsWith("no card here");
    assertThat(((Refused<?>) Keeper.of(shell("exit 1"))).oneLine()).contains("has ended");
  }
}
