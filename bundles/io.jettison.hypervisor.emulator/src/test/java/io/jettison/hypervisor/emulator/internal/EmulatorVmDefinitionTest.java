package io.jettison.hypervisor.emulator.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EmulatorVmDefinitionTest {
  @Test
  void withoutADiskItHasNone() {
    assertThat(spec(Map.of()).orThrow().disks()).isEmpty();
  }

  @Test
  void aDiskFollowsIt() {
    assertThat(spec(Map.of("disk", "/pc.raw")).orThrow().following())
        .containsExactly(new Disk("disk0", "/pc.raw", Disk.Kind.FOLLOWS));
  }

  @Test
  void anotherModeOrFormatIsRefused() {
    assertRefused(Map.of("disk", "/pc.raw", "disk_mode", "shared"), "follows it");
    assertRefused(Map.of("disk", "/pc.raw", "disk_format", "qcow2"), "is raw");
  }

  private static void assertRefused(Map<String, Object> keys, String reason) {
    assertThat(spec(keys))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).contains(reason));
  }

  private static Outcome<VmSpec> spec(Map<String, Object> keys) {
    Object config =
        Proxy.newProxyInstance(
            EmulatorVmDefinitionTest.class.getClassLoader(),
            new Class<?>[] {EmulatorVmDefinition.Config.class},
            (proxy, method, arguments) ->
                method.getName().equals("name")
                    ? "pc"
                    : keys.getOrDefault(method.getName(), method.getDefaultValue()));
    return new EmulatorVmDefinition((EmulatorVmDefinition.Config) config).spec();
  }
}
