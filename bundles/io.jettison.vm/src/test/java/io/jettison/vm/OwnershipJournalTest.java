package io.jettison.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.vm.Ownership.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnershipJournalTest {
  private static final VmSpec SPEC =
      new VmSpec(
          "pc", "emulator", MemoryMap.ofBytes(1 << 20), List.of(), Map.of("line", "a=b\nc=d"));

  private static Ownership record(Phase phase, long epoch) {
    return new Ownership("desk/pc", phase, epoch, "server:7700", Optional.of(SPEC), "harvested");
  }

  @Property
  void comesOutAsItWentIn(@ForAll Phase phase, @ForAll long epoch) throws IOException {
    Ownership ownership = record(phase, epoch);
    assertThat(OwnershipJournal.parse("desk/pc", OwnershipJournal.format(ownership)))
        .isEqualTo(ownership);
  }

  @Test
  void theLatestRecordCounts(@TempDir Path folder) throws IOException {
    OwnershipJournal journal = new OwnershipJournal(folder);
    assertThat(journal.read("desk/pc")).isEmpty();
    journal.write(record(Phase.HOME, 1));
    journal.note(record(Phase.AWAY, 2));
    assertThat(new OwnershipJournal(folder).read("desk/pc")).contains(record(Phase.AWAY, 2));
    assertThat(journal.vms()).containsExactly("desk/pc");
    journal.delete("desk/pc");
    assertThat(journal.vms()).isEmpty();
  }

  @Test
  void aCrashWhileWritingLeavesTheRecordBefore(@TempDir Path folder) throws IOException {
    OwnershipJournal journal = new OwnershipJournal(folder);
    journal.write(record(Phase.HOME, 1));
    String next = OwnershipJournal.format(record(Phase.AWAY, 2));
    for (int written = 0; written <= next.length(); written += 7) {
      Files.writeString(folder.resolve("desk~pc.owner.new"), next.substring(0, written));
      assertThat(journal.read("desk/pc")).contains(record(Phase.HOME, 1));
      assertThat(journal.vms()).containsExactly("desk/pc");
    }
  }

  @Test
  void aPreparedRecordCountsOnceItIsPublished(@TempDir Path folder) throws IOException {
    OwnershipJournal journal = new OwnershipJournal(folder);
    journal.write(record(Phase.AWAY, 2));
    journal.prepare(record(Phase.COMMITTED, 3));
    assertThat(new OwnershipJournal(folder).read("desk/pc")).contains(record(Phase.AWAY, 2));
    journal.publish("desk/pc");
    journal.settle();
    assertThat(new OwnershipJournal(folder).read("desk/pc")).contains(record(Phase.COMMITTED, 3));
  }

  @Test
  void aDamagedRecordIsNeverBelieved(@TempDir Path folder) throws IOException {
    OwnershipJournal journal = new OwnershipJournal(folder);
    journal.write(record(Phase.AWAY, 2));
    Path file = folder.resolve("desk~pc.owner");
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 1;
      Files.write(file, flipped);
      assertThatThrownBy(() -> journal.read("desk/pc"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("desk/pc");
    }
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> journal.read("desk/pc")).isInstanceOf(IOException.class);
    }
  }
}
