package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EmulatedPcTest {
  @Test
  void needsAKernelThatCutsCables() {
    assertThat(EmulatedPc.kernel("6.6.0-1-amd64")).isEmpty();
    assertThat(EmulatedPc.kernel("6.18.44")).isEmpty();
    assertThat(EmulatedPc.kernel("7.0")).isEmpty();
    assertThat(EmulatedPc.kernel("6.1.0-30-amd64")).isPresent();
    assertThat(EmulatedPc.kernel("5.15.0")).isPresent();
    assertThat(EmulatedPc.kernel("plan9")).isPresent();
  }
}
