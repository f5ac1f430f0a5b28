package io.jettison.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.RefusedException;
import io.jettison.api.power.PowerProfile;
import io.jettison.energy.Ledger;
import io.jettison.energy.PcState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimelineCommandTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir private Path folder;
  private final AtomicLong clock = new AtomicLong(5 * SECOND);
  private final Ledger ledger = new Ledger(clock::get, 90);
  private final TimelineCommand command = new TimelineCommand(ledger);
  private Console console;

  @BeforeEach
  void open() {
    console = new Console(folder);
  }

  private void draw(String... words) {
    command.timeline(console.session, words);
  }

  private void night(String pc) {
    ledger.open(pc, new PowerProfile("test", 50, 5, 2, 80, 3, 100));
    ledger.enter(pc, PcState.SUSPENDING, "nothing was asked for 6.0 s");
    clock.addAndGet(2 * SECOND);
    ledger.enter(pc, PcState.ASLEEP, "nothing was asked for 6.0 s");
    clock.addAndGet(98 * SECOND);
  }

  @Test
  void itDrawsIntoTheCallersFolder() throws Exception {
    night("pc1");
    draw("night.svg");
    assertThat(console.said())
        .isEqualTo(folder.resolve("night.svg") + " shows pc1: 87.0 % saved\n");
    assertThat(Files.readString(folder.resolve("night.svg"))).contains("<svg");
    draw("night.svg", "--since", "90 s", "--json");
    assertThat(console.said()).contains("\"pc\":\"pc1\",\"saved_fraction\":0.9");
  }

  @Test
  void whatCannotBeDrawnIsSaid() {
    assertThatThrownBy(() -> draw("a.png")).hasMessageContaining("no PC sleeps here");
    night("pc1");
    assertThatThrownBy(() -> draw("a.pdf")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> draw("a.png", "--since")).hasMessageContaining("wants a value");
    assertThatThrownBy(() -> draw("a.png", "--until", "1 h")).hasMessageContaining("--since");
    assertThatThrownBy(() -> draw("a.png", "--since", "soon")).hasMessageContaining("a duration");
    assertThatThrownBy(() -> draw("a.png", "--since", "0 s")).hasMessageContaining("longer");
    assertThatThrownBy(() -> draw("none/a.png")).isInstanceOf(RefusedException.class);
    night("pc2");
    assertThatThrownBy(() -> draw("a.png")).hasMessageContaining("pc1, pc2");
    assertThatThrownBy(() -> draw("a.png", "--pc", "pc3")).hasMessageContaining("pc3");
    draw("a.png", "--pc", "pc2");
    assertThat(folder.resolve("a.png")).exists();
  }
}
