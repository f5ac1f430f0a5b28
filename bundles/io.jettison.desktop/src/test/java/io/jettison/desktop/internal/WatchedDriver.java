package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Residual;
import io.jettison.desktop.internal.Moment.Point;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A driver whose returns pass points. */
record WatchedDriver(HypervisorDriver driver, Moment moment) implements HypervisorDriver {
  @Override
  public Outcome<String> check() {
    return driver.check();
  }

  @Override
  public Outcome<LocalVm> boot(VmSpec spec, VmPlace place) {
    return driver.boot(spec, place);
  }

  @Override
  public Outcome<LocalVm> attach(VmSpec spec, VmPlace place) {
    return driver.attach(spec, place);
  }

  @Override
  public Outcome<Residual> residual(VmSpec spec, VmPlace place) {
    return driver.residual(spec, place);
  }

  @Override
  public Outcome<ReturningVm> prepareReturn(VmSpec spec, VmPlace place) {
    moment.passed(Point.RETURN);
    return driver.prepareReturn(spec, place).then(vm -> Outcome.done(new Returning(vm, moment)));
  }

  @Override
  public Outcome<PartialVm> prepare(VmSpec spec, VmPlace place) {
    return driver.prepare(spec, place);
  }

  @Override
  public Outcome<PartialVm> reattach(VmSpec spec, VmPlace place) {
    return driver.reattach(spec, place);
  }

  @Override
  public Outcome<VmSpec> rehearsal(String name) {
    return driver.rehearsal(name);
  }

  @Override
  public void purge(VmSpec spec, VmPlace place) {
    driver.purge(spec, place);
  }

  private record Returning(ReturningVm vm, Moment moment) implements ReturningVm {
    @Override
    public void expect(long first, long count) {
      vm.expect(first, count);
    }

    @Override
    public void integrate(long pfn, ByteBuffer pages) throws IOException {
      moment.passed(Point.VMM);
      vm.integrate(pfn, pages);
    }

    @Override
    public Outcome<Nothing> load(ReadableByteChannel descriptor) {
      moment.passed(Point.VMM);
      Outcome<Nothing> loaded = vm.load(descriptor);
      moment.passed(Point.VMM);
      return loaded;
    }

    @Override
    public Outcome<LocalVm> run() {
      moment.passed(Point.VMM);
      Outcome<LocalVm> running = vm.run();
      moment.passed(Point.VMM);
      return running;
    }

    @Override
    public void discard() {
      vm.discard();
    }
  }
}
