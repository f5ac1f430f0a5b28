package io.jettison.exam;

import static io.jettison.exam.Shipped.await;
import static io.jettison.exam.Shipped.there;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The desktop's bundles: what is there, what may come and go. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class DesktopIT {
  private static final String HOST = "io.jettison.vm.VmHost";
  private static final String DEFINITION = "io.jettison.api.hypervisor.VmDefinition";
  private static final String POLICY = "io.jettison.api.consolidation.ConsolidationPolicy";

  @Inject private BundleContext context;

  @Configuration
  public Option[] config() throws IOException {
    return Shipped.bundles(
        "desktop",
        "[desktop]\nname = pc1\nserver = 127.0.0.1:1\n[vm.emulator a]\nmemory = 64 MiB\ncold = 8 MiB\n");
  }

  @Test
  public void everyBundleIsActiveAndTheConfiguredVmIsThere() throws InterruptedException {
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getHeaders().get("Fragment-Host") == null) {
        assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
      }
    }
    await("the host", () -> there(context, HOST, "(jettison.side=desktop)"));
    await("the VM", () -> there(context, DEFINITION, ""));
    assertTrue(there(context, POLICY, "(jettison.consolidation=idle)"));
  }

  @Test
  public void aPolicyAndADriverCanBeStoppedAndStarted() throws Exception {
    await("the host", () -> there(context, HOST, ""));
    for (String name : new String[] {"consolidation.idle", "hypervisor.emulator"}) {
      Bundle bundle = Shipped.bundle(context, "io.jettison." + name);
      bundle.stop();
      assertTrue("the host stays without " + name, there(context, HOST, ""));
      bundle.start();
    }
    await("the policy", () -> there(context, POLICY, "(jettison.consolidation=idle)"));
    await("the VM", () -> there(context, DEFINITION, ""));
  }
}
