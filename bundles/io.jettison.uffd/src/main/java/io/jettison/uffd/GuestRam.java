package io.jettison.uffd;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Where the memory of a VM lies on a host: one file on a file system in RAM. */
public final class GuestRam {
  private GuestRam() {}

  /** The file. */
  public static Path file(VmPlace place) {
    return place.memory().resolve("ram");
  }

  /** The note of the shim that pages it. */
  public static Path note(VmPlace place) {
    return place.run().resolve("shim.note");
  }

  /** Makes the file anew: nothing but a hole. */
  public static Outcome<Nothing> create(VmSpec spec, VmPlace place) {
    try (RandomAccessFile file = new RandomAccessFile(file(place).toFile(), "rw")) {
      file.setLength(0);
      file.setLength(Pages.offset(spec.memory().end()));
      return Outcome.done();
    } catch (IOException e) {
      return Outcome.refused(
          "there is no room for guest memory in " + place.memory() + ": " + e.getMessage(),
          "make room, or set jettison.memory to another folder on tmpfs");
    }
  }

  /** Opens what a VM left. */
  public static Outcome<Residual> residual(VmSpec spec, VmPlace place) {
    try {
      return Outcome.done(new FileResidual(file(place), spec.memory()));
    } catch (IOException e) {
      return Outcome.refused(
          "the memory of " + spec.name() + " is not there: " + e.getMessage(),
          "it is lost when the PC is switched off: boot the VM");
    }
  }
}
