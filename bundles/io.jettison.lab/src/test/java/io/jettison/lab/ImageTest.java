package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageTest {
  private static final int MIB = 64;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DiskFormat.class)
  void aFreshOneIsCleanAndItsCheckLeavesNothing(DiskFormat format) throws Exception {
    assumeTrue(
        format == DiskFormat.RAW || Files.isExecutable(Path.of("/usr/bin/qemu-img")),
        "qemu-img is installed for who wants it");
    Image image = Image.create(folder, format, MIB, true);
    assertThat(image.check()).isEqualTo(Image.CLEAN);
    assertThat(Folders.list(folder)).containsExactly(image.file());
  }

  @Test
  void damageIsTold() throws Exception {
    Image image = Image.create(folder, DiskFormat.RAW, MIB, true);
    try (RandomAccessFile file = new RandomAccessFile(image.file().toFile(), "rw")) {
      file.seek(4096); // group descriptors
      file.write(new byte[8192]);
    }
    assertThat(image.check()).isNotEqualTo(Image.CLEAN);
  }

  @Test
  void withoutAFileSystemItIsOnlySpace() throws Exception {
    Image image = Image.create(folder, DiskFormat.RAW, MIB, false);
    assertThat(Files.size(image.file())).isEqualTo((long) MIB << 20);
    assertThat(image.check()).isEqualTo(Image.NONE);
  }

  @Test
  void theConfigurationNamesItAndTheGuestIsTold() {
    Image image = new Image(Path.of("/lab/disk.qcow2"), DiskFormat.QCOW2, true);
    VmSettings vm =
        new VmSettings.Qemu(Path.of("/vmlinuz"), Path.of("/initrd.gz"), Optional.empty(), "tcg");
    Options options = Options.parse(List.of()).orThrow();
    assertThat(vm.sections(options, Optional.empty(), Optional.of(image)))
        .contains("jettison.pertick=4 jettison.disk\n")
        .contains("disk = /lab/disk.qcow2\ndisk.mode = follows\ndisk.format = qcow2\n");
    assertThat(vm.sections(options, Optional.empty(), Optional.empty()))
        .doesNotContain("jettison.disk")
        .doesNotContain("disk.mode");
    assertThat(new VmSettings.Emulator().sections(options, Optional.empty(), Optional.of(image)))
        .contains("per-tick = 4\ndisk = /lab/disk.qcow2\n");
  }
}
