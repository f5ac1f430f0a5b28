package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  @Test
  void defaultsAreThreeCyclesOfOneGibibyte() {
    Options options = parse();
    assertThat(options.cycles()).isEqualTo(3);
    assertThat(options.memoryBytes()).isEqualTo(1L << 30);
    assertThat(options.coldMib()).isEqualTo(384);
    assertThat(options.vm()).isEmpty();
    assertThat(options.json()).isEmpty();
    assertThat(options.loopback()).isFalse();
    assertThat(options.disk()).contains(DiskFormat.RAW);
    assertThat(options.diskMib()).isEqualTo(256);
  }

  @Test
  void allCanBeGiven() {
    Options options =
        parse(
            "--cycles",
            "10",
            "--loopback",
            "--vm",
            "emulator",
            "--memory",
            "512 MiB",
            "--cold",
            "64",
            "--hot",
            "8",
            "--keep",
            "--disk",
            "1024",
            "--stay",
            "30",
            "--dirty",
            "500",
            "--presend",
            "5 s",
            "--json",
            "report.json");
    assertThat(options.cycles()).isEqualTo(10);
    assertThat(options.vm()).contains(VmKind.EMULATOR);
    assertThat(options.memoryBytes()).isEqualTo(512L << 20);
    assertThat(options.coldMib()).isEqualTo(64);
    assertThat(options.hotMib()).isEqualTo(8);
    assertThat(options.stay()).isEqualTo(Duration.ofSeconds(30));
    assertThat(options.json()).contains(Path.of("report.json"));
    assertThat(options.loopback()).isTrue();
    assertThat(options.dirty()).isEqualTo(500);
    assertThat(options.presend()).isEqualTo("5 s");
    assertThat(options.keep()).isTrue();
    assertThat(options.diskMib()).isEqualTo(1024);
  }

  @Test
  void aDiskCanBeOfAnotherFormatOrLeftOut() {
    assertThat(parse("--disk-format", "qcow2").disk()).contains(DiskFormat.QCOW2);
    assertThat(parse("--no-disk").disk()).isEmpty();
    assertThat(parse("--guest", "desktop").disk()).as("its disk is never written").isEmpty();
  }

  @Test
  void aPcSleepsIfItsProfileIsNamed() {
    assertThat(parse("--cycles", "3").sleep()).isEmpty();
    assertThat(parse("--profile", "custom").sleep())
        .contains(new Options.Sleep("custom", "", 1, List.of("auto")));
    assertThat(
            parse(
                    "--profile",
                    "2s-pc",
                    "--sleep",
                    "fixed",
                    "--speedup",
                    "20",
                    "--residency",
                    "microsleep,park")
                .sleep())
        .contains(new Options.Sleep("2s-pc", "fixed", 20, List.of("microsleep", "park")));
  }

  @Test
  void whoAsksForNothingSeesEachResidency() {
    Options tour = parse("--json", "report.json", "--no-disk");
    assertThat(tour.tour()).isTrue();
    assertThat(tour.idle()).isTrue();
    Options.Sleep sleep = tour.sleep().orElseThrow();
    assertThat(List.of(sleep.residency(1), sleep.residency(2), sleep.residency(3)))
        .containsExactly("microsleep", "park", "auto");
    assertThat(sleep.residency(4)).isEqualTo("microsleep");
    assertThat(tour.awake().sleep()).isEmpty();
    assertThat(tour.awake().cycles()).isEqualTo(3);
    for (String words :
        List.of("--cycles 3", "--stay 5", "--idle", "--vm emulator", "--loopback")) {
      assertThat(parse(words.split(" ", -1)).tour()).as(words).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--speedup 20,needs a power profile",
    "--sleep fixed,needs a power profile",
    "--residency park,needs a power profile",
    "--profile custom --loopback,no cable to wake a PC by",
    "--cycles 0,out of range",
    "--cycles three,not a number",
    "--cycles,lacks its value",
    "--cycels 3,unknown option '--cycels'",
    "--vm xen,no kind of VM",
    "--memory 3 parsecs,not a size",
    "--presend soon,not a duration",
    "--memory 64MiB,256 MiB at least",
    "--cold 1000,cannot hold",
    "--guest windows,no guest",
    "--guest desktop --memory 512MiB,cannot hold",
    "--guest desktop --vm emulator,runs no Linux",
    "--disk-format vmdk,no format of a disk",
    "--disk 16,no file system",
    "--disk 512 --no-disk,but a disk is described",
    "--disk 512 --guest desktop,writes no disk",
    "--disk-format qcow2 --vm emulator,disk is raw",
    "lab,unknown option 'lab'"
  })
  void nonsenseIsRefusedWithTheWayOut(String words, String reason) {
    Outcome<Options> outcome = Options.parse(words(words));
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused<Options>) outcome).oneLine()).contains(reason);
  }

  @Test
  void usageNamesEveryOption() {
    for (String option :
        List.of(
            "--cycles",
            "--vm",
            "--memory",
            "--cold",
            "--hot",
            "--no-disk",
            "--disk",
            "--disk-format",
            "--stay",
            "--profile",
            "--sleep",
            "--residency",
            "--speedup",
            "--json")) {
      assertThat(Options.USAGE).contains("  " + option + " ");
    }
  }

  // a value may hold a blank
  private static List<String> words(String line) {
    return line.matches("--(guest|disk|profile).*")
        ? List.of(line.split(" ", -1))
        : List.of(line.split(" ", 2));
  }

  private static Options parse(String... words) {
    return Options.parse(List.of(words)).orThrow();
  }
}
