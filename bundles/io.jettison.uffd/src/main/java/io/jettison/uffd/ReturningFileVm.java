package io.jettison.uffd;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;

/** A VM whose VMM waits over its residual, a file. */
public final class ReturningFileVm implements ReturningVm {
  private final VmSpec spec;
  private final Vmm vmm;
  private final ResidualWriter residual;

  private ReturningFileVm(VmSpec spec, Vmm vmm, Path ram) throws IOException {
    this.spec = spec;
    this.vmm = vmm;
    this.residual = new ResidualWriter(ram, spec.memory());
  }

  /** Over what the VM left in a place; a refusal ends the VMM. */
  public static Outcome<ReturningVm> over(VmSpec spec, Vmm vmm, VmPlace place) {
    try {
      return Outcome.done(new ReturningFileVm(spec, vmm, GuestRam.file(place)));
    } catch (IOException e) {
      vmm.kill();
      return Outcome.refused("its memory cannot be opened: " + e.getMessage(), "boot the VM");
    }
  }

  @Override
  public void expect(long first, long count) {
    residual.expect(first, count);
  }

  @Override
  public void integrate(long pfn, ByteBuffer pages) throws IOException {
    residual.write(pfn, pages);
  }

  @Override
  public Outcome<Nothing> load(ReadableByteChannel descriptor) {
    Outcome<Nothing> loaded = vmm.load(descriptor);
    if (!loaded.isDone()) {
      residual.close();
    }
    return loaded;
  }

  @Override
  public Outcome<LocalVm> run() {
    try {
      return vmm.run().then(done -> Outcome.done(FileVm.whole(spec, vmm)));
    } finally {
      residual.close(); // to unmap its pages takes a while
    }
  }

  @Override
  public void discard() {
    residual.close();
    vmm.kill();
  }
}
