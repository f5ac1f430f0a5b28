package io.jettison.hypervisor.qemu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GivenArgumentsTest {
  @Test
  void takesALineOverWithoutWhatItSaysItself() {
    assertThat(
            GivenArguments.parse(
                    "qemu-system-x86_64 -enable-kvm -m 2G -name 'my vm' -M q35"
                        + " -drive file=/a\\ b.iso,media=cdrom --append \"x=1 y\" -daemonize"
                        + " -object memory-backend-file,id=ram,share=on,size=2G,mem-path=/x")
                .orThrow())
        .containsExactly(
            "-enable-kvm", "-M", "q35", "-drive", "file=/a b.iso,media=cdrom", "-append", "x=1 y");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-object memory-backend-memfd,id=ram,share=on | not in a shared file",
        "-object memory-backend-file,id=ram,share=off | not in a shared file",
        "-mem-path /x | not shared",
        "-drive file=a.qcow2,format=qcow2,readonly=on | cannot follow the VM",
        "-drive file=a.raw,format=raw | cannot follow the VM",
        "-hda a.raw | cannot follow the VM",
        "a.raw -smp 2 -cdrom x /b.raw | cannot follow the VM",
        "-netdev vhost-user,chardev=c | behind QEMU's back",
        "-netdev tap,vhost=on | behind QEMU's back",
        "-append 'x | without an end",
      })
  void refusesWhatCannotFollowTheVm(String line, String reason) {
    assertThat(GivenArguments.parse(line))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).contains(reason));
  }

  @Test
  void leavesTheDesktopsKernelAndWindowAtHome() {
    List<String> given = List.of("-kernel", "k", "-smp", "2", "-display", "gtk");
    assertThat(GivenArguments.forRole(given, Machine.Role.PARTIAL))
        .containsExactly("-smp", "2", "-display", "none");
    assertThat(GivenArguments.forRole(given, Machine.Role.BOOT)).isEqualTo(given);
  }
}
