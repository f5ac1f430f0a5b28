package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.caesar.SuspendCycle;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.vm.VmStatus;
import java.util.List;
import java.util.Optional;

/** What there is around a PC's day; any of it may change at any time. */
interface Surroundings {
  /** The profile the PC is reckoned with. */
  Outcome<PowerProfile> profile();

  /** The VMs of this PC. */
  List<VmStatus> vms();

  /** A user is back: those that are away come home, one after the other. Does not wait for that. */
  void fetchHome();

  /** What serves the pages and blocks of those that are away. */
  List<Serving> served();

  /** Who sees whether a user is there. */
  List<Named<ActivitySource>> sources();

  /** Who sets the wait timer. */
  Optional<Named<SleepPolicy>> policy();

  /** Who lets the PC sleep. */
  Optional<Named<PowerController>> controller();

  /** Who decides what is resumed. */
  Optional<SuspendCycle> cycle();
}
