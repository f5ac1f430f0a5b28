package io.jettison.uffd;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.Departure;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmActivity;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PagedMemory;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A VM whose memory is a file: on its desktop with all of it, on a server paged. */
public final class FileVm implements LocalVm, PartialVm {
  private static final Logger LOG = LoggerFactory.getLogger(FileVm.class);

  private final VmSpec spec;
  private final Vmm vmm;
  private final @Nullable UffdMemory memory;

  private FileVm(VmSpec spec, Vmm vmm, @Nullable UffdMemory memory) {
    this.spec = spec;
    this.vmm = vmm;
    this.memory = memory;
  }

  /** On its desktop. */
  public static LocalVm whole(VmSpec spec, Vmm vmm) {
    return new FileVm(spec, vmm, null);
  }

  /** On a server, in a VMM that was started with the {@linkplain Shim shim}. */
  public static Outcome<PartialVm> partial(VmSpec spec, Vmm vmm, VmPlace place) {
    return Shim.take(GuestRam.note(place), GuestRam.file(place))
        .then(memory -> Outcome.done(new FileVm(spec, vmm, memory)));
  }

  @Override
  public VmSpec spec() {
    return spec;
  }

  @Override
  public RunState state() {
    return vmm.state();
  }

  @Override
  public PagedMemory memory() {
    return Objects.requireNonNull(memory, "a VM on its desktop is not paged");
  }

  @Override
  public Outcome<VmActivity> activity() {
    return vmm.activity();
  }

  @Override
  public Outcome<Nothing> stop() {
    return vmm.stop();
  }

  @Override
  public Outcome<Nothing> run() {
    return vmm.run();
  }

  @Override
  public OptionalLong runsSinceNanos() {
    return vmm.runsSinceNanos();
  }

  @Override
  public Outcome<Long> save(WritableByteChannel descriptor) {
    return vmm.save(descriptor);
  }

  @Override
  public Outcome<Departure> leave(WritableByteChannel descriptor) {
    return vmm.leave(descriptor);
  }

  @Override
  public Outcome<Nothing> load(ReadableByteChannel descriptor) {
    return vmm.load(descriptor);
  }

  @Override
  public void retire() {
    vmm.kill();
  }

  @Override
  public void destroy() {
    vmm.kill();
    release();
  }

  @Override
  public void detach() {
    vmm.detach();
    release();
  }

  private void release() {
    try {
      if (memory != null) {
        memory.close();
      }
    } catch (IOException e) {
      LOG.warn("the memory of {} was not let go of", spec.name(), e);
    }
  }
}
