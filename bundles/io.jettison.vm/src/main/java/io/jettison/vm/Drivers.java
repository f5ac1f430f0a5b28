package io.jettison.vm;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.HypervisorDriver;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** The hypervisor drivers there are right now, by name. Thread-safe. */
public final class Drivers {
  private final Map<String, HypervisorDriver> byName = new ConcurrentHashMap<>();

  /** A driver came, perhaps in another's place. */
  public void add(String name, HypervisorDriver driver) {
    byName.put(name, driver);
  }

  /** A driver went. Returns whether there is none of this name now. */
  public boolean remove(String name, HypervisorDriver driver) {
    return byName.remove(name, driver);
  }

  /** The driver of a name. */
  public Outcome<HypervisorDriver> get(String name) {
    HypervisorDriver driver = byName.get(name);
    if (driver == null) {
      return Outcome.refused(
          "there is no hypervisor driver '" + name + "' on this host",
          "put its bundle into deploy/; drivers here: "
              + (byName.isEmpty() ? "none" : String.join(", ", new TreeSet<>(byName.keySet()))));
    }
    return Outcome.done(driver);
  }
}
