package io.jettison.wakeup;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The PCs that VMs came from. A service; thread-safe. */
@ProviderType
public interface RemoteWakeup {
  /**
   * A PC; known from then on. The same object each time, to be kept by who uses it often.
   *
   * @param name as it calls itself in its hello
   */
  Pc pc(String name);

  /** What is known of all PCs, by name. */
  List<PcStatus> pcs();
}
