package io.jettison.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.vm.Lifecycle.Event;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  @Test
  void aDay() {
    VmState state = VmState.OFF;
    for (Event event :
        List.of(
            Event.BOOTED,
            Event.LEAVE,
            Event.STAYED,
            Event.LEAVE,
            Event.HANDED_OVER,
            Event.COME_HOME,
            Event.STAYED,
            Event.COME_HOME,
            Event.COMMITTED,
            Event.POWERED_OFF)) {
      state = Lifecycle.next(state, event).orElseThrow();
    }
    assertThat(state).isEqualTo(VmState.OFF);
  }

  @Property
  void theServerIsReachedOnlyThroughAHandOver(@ForAll List<Event> events) {
    VmState state = VmState.OFF;
    for (Event event : events) {
      Optional<VmState> next = Lifecycle.next(state, event);
      if (next.isPresent()) {
        if (next.get() == VmState.REMOTE && state != VmState.REMOTE) {
          assertThat(event).isIn(Event.HANDED_OVER, Event.STAYED, Event.FOUND_REMOTE);
        }
        if (state == VmState.REMOTE) {
          assertThat(next.get()).isIn(VmState.REINTEGRATING, VmState.RECOVERING);
        }
        state = next.get();
      }
    }
  }

  @Property
  void aLostVmIsAlwaysRecovered(@ForAll VmState state) {
    assertThat(Lifecycle.next(state, Event.LOST)).contains(VmState.RECOVERING);
  }
}
