package io.jettison.hypervisor.emulator.internal;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.uffd.FileVm;
import io.jettison.uffd.GuestRam;
import io.jettison.uffd.ReturningFileVm;
import io.jettison.uffd.Shim;
import io.jettison.uffd.VmmProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Emulated guests. */
@Component(property = HypervisorDriver.NAME + "=" + EmulatorDriver.DRIVER)
public final class EmulatorDriver implements HypervisorDriver {
  /** Its name. */
  public static final String DRIVER = "emulator";

  private static final String PROGRAM = "/linux-x86-64/jettison-emulator";

  private static final long REHEARSAL_BYTES = 16 << 20;

  /** What a VMM is started for. */
  private enum Role {
    BOOT,
    RETURN,
    PARTIAL
  }

  private final Path program;
  private final Shim shim;

  /**
   * In the framework.
   *
   * @throws IOException if its programs cannot be put onto the disk
   */
  @Activate
  public EmulatorDriver(BundleContext context) throws IOException {
    this(
        Path.of(
                Optional.ofNullable(context.getProperty("jettison.state"))
                    .orElse("/var/lib/jettison"))
            .resolve("native"));
  }

  /**
   * With its programs in a folder.
   *
   * @throws IOException if they cannot be put there
   */
  public EmulatorDriver(Path programs) throws IOException {
    program = Shim.extract(EmulatorDriver.class, PROGRAM, programs);
    shim = new Shim(programs);
  }

  @Override
  public Outcome<String> check() {
    return Outcome.done("emulated guests");
  }

  private Outcome<EmulatorVmm> start(VmSpec spec, VmPlace place, Role role) {
    boolean away = role == Role.PARTIAL;
    Map<String, String> environment =
        away ? shim.environment(GuestRam.file(place), GuestRam.note(place)) : Map.of();
    Map<String, String> settings = spec.settings();
    List<String> command = new ArrayList<>(List.of(program.toString(), "--name", spec.name()));
    command.addAll(List.of("--ram", GuestRam.file(place).toString()));
    command.addAll(List.of("--memory", Long.toString(Pages.offset(spec.memory().end()))));
    command.addAll(List.of("--control", EmulatorVmm.socket(place).toString()));
    for (String key : List.of("seed", "cold", "hot", "tick", "per-tick", "trace")) {
      String value = settings.get(key);
      if (value != null) {
        command.addAll(List.of("--" + key, value));
      }
    }
    for (VmSpec.Disk disk : spec.disks()) {
      command.addAll(
          away
              ? List.of(
                  "--disk-socket", place.disk(disk.id()).toString(), "--disk-export", disk.id())
              : List.of("--disk", disk.path()));
    }
    if (role != Role.BOOT) {
      command.add("--incoming");
    }
    try {
      Files.deleteIfExists(EmulatorVmm.socket(place));
      return EmulatorVmm.begun(VmmProcess.start(command, environment, place.run()), place);
    } catch (IOException e) {
      return Outcome.refused("the emulator does not start: " + e.getMessage(), "look at the log");
    }
  }

  @Override
  public Outcome<LocalVm> boot(VmSpec spec, VmPlace place) {
    purge(spec, place);
    return GuestRam.create(spec, place)
        .then(done -> start(spec, place, Role.BOOT))
        .then(vmm -> Outcome.done(FileVm.whole(spec, vmm)));
  }

  @Override
  public Outcome<LocalVm> attach(VmSpec spec, VmPlace place) {
    return find(spec, place).then(vmm -> Outcome.done(FileVm.whole(spec, vmm)));
  }

  private static Outcome<EmulatorVmm> find(VmSpec spec, VmPlace place) {
    EmulatorVmm vmm =
        VmmProcess.find(place.run()).map(process -> new EmulatorVmm(process, place)).orElse(null);
    return vmm == null || vmm.state() == RunState.GONE
        ? Outcome.refused("the VMM of " + spec.name() + " is gone", "boot the VM")
        : Outcome.done(vmm);
  }

  @Override
  public Outcome<Residual> residual(VmSpec spec, VmPlace place) {
    return GuestRam.residual(spec, place);
  }

  @Override
  public Outcome<ReturningVm> prepareReturn(VmSpec spec, VmPlace place) {
    VmmProcess.end(place.run());
    return start(spec, place, Role.RETURN).then(vmm -> ReturningFileVm.over(spec, vmm, place));
  }

  @Override
  public Outcome<PartialVm> prepare(VmSpec spec, VmPlace place) {
    purge(spec, place);
    Outcome<PartialVm> prepared =
        GuestRam.create(spec, place)
            .then(done -> start(spec, place, Role.PARTIAL))
            .then(vmm -> FileVm.partial(spec, vmm, place));
    if (!prepared.isDone()) {
      purge(spec, place);
    }
    return prepared;
  }

  @Override
  public Outcome<PartialVm> reattach(VmSpec spec, VmPlace place) {
    return find(spec, place).then(vmm -> FileVm.partial(spec, vmm, place));
  }

  @Override
  public void purge(VmSpec spec, VmPlace place) {
    VmmProcess.end(place.run());
    for (Path file :
        List.of(GuestRam.file(place), GuestRam.note(place), EmulatorVmm.socket(place))) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new IllegalStateException("cannot remove " + file, e);
      }
    }
  }

  @Override
  public Outcome<VmSpec> rehearsal(String name) {
    Map<String, String> settings =
        Map.of("seed", "1", "cold", "4", "hot", "4", "tick", "10", "per-tick", "8");
    return Outcome.done(
        new VmSpec(name, DRIVER, MemoryMap.ofBytes(REHEARSAL_BYTES), List.of(), settings));
  }
}
