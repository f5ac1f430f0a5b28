package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.uffd.ResidualWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;

/** A VM in a QEMU that waits over its residual. */
final class ReturningQemuVm implements ReturningVm {
  private final VmSpec spec;
  private final Vmm vmm;
  private final ResidualWriter residual;

  ReturningQemuVm(VmSpec spec, Vmm vmm, Path ram) throws IOException {
    this.spec = spec;
    this.vmm = vmm;
    this.residual = new ResidualWriter(ram, spec.memory());
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
    residual.close();
    return vmm.run().then(done -> Outcome.done(new QemuVm(spec, vmm, null)));
  }

  @Override
  public void discard() {
    residual.close();
    vmm.kill();
  }
}
