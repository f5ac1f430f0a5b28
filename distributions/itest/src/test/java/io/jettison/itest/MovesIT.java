package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.itest.Host.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two hosts as they ship, and an emulated VM that moves between them. */
class MovesIT {
  private static final String VMS =
      """
      [vm.emulator pc]
      memory = 64 MiB
      cold = 16 MiB
      hot = 2 MiB
      [vm.qemu no-qemu]
      memory = 64 MiB
      [hypervisor.qemu]
      binary = /nonexistent/qemu
      accelerator = tcg
      """;

  private Host server;
  private Host desktop;
  private int port;

  @BeforeEach
  void start() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "jit");
    port = Host.freePort();
    server =
        Host.start("server", folder, "[server]\nlisten = 127.0.0.1:" + port + "\nmemory = 1 GiB\n");
    desktop = Host.start("desktop", folder, configuration(port));
    // the configuration's VMs come one by one, while commands are taken already
    Host.await(
        "the VMs are known",
        () -> {
          String vms = desktop.told("vms", "--json");
          return vms.contains("\"name\":\"pc\"") && vms.contains("\"name\":\"no-qemu\"");
        });
  }

  private static String configuration(int port) {
    return "[desktop]\nname = pc1\nserver = 127.0.0.1:"
        + port
        + "\nrehearsals = 0\n[consolidation.idle]\nidle = 1 h\n"
        + VMS;
  }

  @AfterEach
  void end() throws Exception {
    desktop.end();
    server.end();
  }

  @Test
  void aVmWhoseServerDaemonIsKilledStandsStillAndGoesOnWhenItIsBack() throws Exception {
    desktop.told("boot", "pc");
    assertThat(desktop.told("consolidate", "pc", "--json")).contains("\"downtime_ns\":");
    Path guest = server.run().resolve("pc1~pc/control.sock");
    Emulated.ask(guest, "touch 100");
    server.kill();
    assertThat(Emulated.ask(guest, "status")).as("lives on").startsWith("OK");
    server.begin();
    Host.await(
        "the VM is found again",
        () -> desktop.told("vms", "--json").contains("\"state\":\"remote\""));
    Emulated.verify(guest);
    String stay = desktop.told("reintegrate", "pc", "--json");
    assertThat(stay).contains("\"pages_dirty\":");
    Emulated.verify(desktop.run().resolve("pc/control.sock"));
  }

  @Test
  void aDesktopDaemonThatIsKilledFindsItsVmAgain() throws Exception {
    desktop.told("boot", "pc");
    desktop.told("consolidate", "pc");
    desktop.kill();
    desktop.begin();
    Host.await(
        "the VM is known to be away",
        () -> desktop.told("vms", "--json").contains("\"state\":\"remote\""));
    desktop.told("reintegrate", "pc");
    Emulated.verify(desktop.run().resolve("pc/control.sock"));
  }

  @Test
  void whatCannotBeDoneIsRefusedInOneLineAndTheVmIsUntouched() throws Exception {
    refused("there is no VM nobody", "consolidate", "nobody");
    refused("QEMU is missing: there is no /nonexistent/qemu", "boot", "no-qemu");
    desktop.told("boot", "pc");
    refused("pc cannot be brought home: it runs on this desktop", "reintegrate", "pc");
    desktop.told("consolidate", "pc");
    refused("pc cannot be consolidated: it is on the server", "consolidate", "pc");
    desktop.told("reintegrate", "pc");
    server.kill();
    refused("the server 127.0.0.1:" + port + " cannot be reached", "consolidate", "pc");
    Path guest = desktop.run().resolve("pc/control.sock");
    assertThat(Emulated.ask(guest, "status")).contains("state=running");
    Emulated.verify(guest);
  }

  @Test
  void movesAreRehearsedWithAVmThatIsGoneAfterwards() throws Exception {
    String rehearsed = desktop.told("rehearse", "--json");
    assertThat(rehearsed).contains("\"driver\":\"emulator\"", "\"out_nanos\":", "\"back_nanos\":");
    assertThat(desktop.told("vms")).doesNotContain("rehearsal");
    assertThat(server.told("vms", "--json").trim()).isEqualTo("[]");
    assertThat(server.ask("rehearse").err()).contains("moves are rehearsed by desktops");
  }

  @Test
  void howThePcSleepsIsChecked() throws Exception {
    assertThat(desktop.told("power", "check")).contains("linux", "network card");
    assertThat(desktop.told("power", "check", "--json")).contains("\"what\":\"sleep\"");
    assertThat(desktop.ask("power", "on").status()).isEqualTo(2);
  }

  @Test
  void aFileWithAnErrorChangesNothingAndIsShown() throws Exception {
    desktop.told("boot", "pc");
    desktop.configure(configuration(port) + "memroy = 1\n");
    Host.await(
        "the error is shown",
        () -> desktop.told("config").contains("unknown key 'memroy' in [hypervisor.qemu]"));
    desktop.told("consolidate", "pc");
    desktop.told("reintegrate", "pc");
  }

  @Test
  void partsAreReplacedWhileTheVmRunsOnTheServerAndNoFaultIsLost() throws Exception {
    desktop.told("boot", "pc");
    desktop.told("consolidate", "pc");
    Path guest = server.run().resolve("pc1~pc/control.sock");
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Integer> load =
        CompletableFuture.supplyAsync(
            () -> {
              int rounds = 0;
              for (; !enough.get() || rounds < 3; rounds++) {
                Emulated.touch(guest, 20);
              }
              return rounds;
            });
    for (String bundle :
        List.of(
            "io.jettison.prefetch.recall",
            "io.jettison.memtap",
            "io.jettison.transport.tcp",
            "io.jettison.hypervisor.emulator",
            "io.jettison.server")) {
      server.told("restart", bundle);
    }
    for (String bundle : List.of("io.jettison.memsrv", "io.jettison.transport.tcp")) {
      desktop.told("restart", bundle);
    }
    enough.set(true);
    assertThat(load.get(120, TimeUnit.SECONDS)).isPositive();
    Emulated.verify(guest);
    Host.await(
        "the VM is known to be away",
        () -> desktop.told("vms", "--json").contains("\"state\":\"remote\""));
    desktop.told("reintegrate", "pc");
    Emulated.verify(desktop.run().resolve("pc/control.sock"));
    refused("there is no bundle nothing", "restart", "nothing");
  }

  @Test
  void wordsReachTheCommandAsTheyAre() throws Exception {
    misunderstood("there is no command frobnicate", "frobnicate");
    misunderstood("usage: jettison consolidate VM", "consolidate");
    misunderstood("unknown option --now", "consolidate", "--now", "pc");
    refused("there is no VM $x; `ls` | (a 'b", "consolidate", "$x; `ls` | (a 'b");
    assertThat(desktop.told("--json", "vms")).contains("\"name\":\"pc\"");
    assertThat(desktop.told("complete", "cons").strip()).isEqualTo("consolidate");
    assertThat(desktop.told("complete", "boot", "").lines()).contains("pc", "no-qemu");
  }

  private void misunderstood(String reason, String... words) throws Exception {
    Answer answer = desktop.ask(words);
    assertThat(answer.status()).as("%s said %s", words[0], answer).isEqualTo(2);
    assertThat(answer.err()).startsWith("error: " + reason);
  }

  private void refused(String reason, String... words) throws Exception {
    Answer answer = desktop.ask(words);
    assertThat(answer.status()).as("%s said %s", words[0], answer).isEqualTo(1);
    String last = answer.err().lines().reduce("", (first, second) -> second);
    assertThat(last).startsWith("error: " + reason).matches("error: .+ \\(.+\\)");
  }
}
