package io.jettison.exam;

import static io.jettison.exam.Shipped.await;
import static io.jettison.exam.Shipped.there;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
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

/** The server's bundles: what is there, what may come and go. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ServerIT {
  private static final String HOST = "io.jettison.vm.VmHost";
  private static final String PREFETCH = "io.jettison.api.prefetch.PrefetchPolicy";
  private static final String DRIVER = "io.jettison.api.hypervisor.HypervisorDriver";

  @Inject private BundleContext context;

  @Configuration
  public Option[] config() throws IOException {
    return Shipped.bundles("server", "[server]\nlisten = 127.0.0.1:0\nmemory = 1 GiB\n");
  }

  @Test
  public void everyBundleIsActiveAndTheServicesAreThere() throws InterruptedException {
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getHeaders().get("Fragment-Host") == null) {
        assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
      }
    }
    await("the host", () -> there(context, HOST, "(jettison.side=server)"));
    assertTrue(there(context, PREFETCH, "(jettison.prefetch=none)"));
    assertTrue(there(context, DRIVER, "(jettison.hypervisor=qemu)"));
    assertTrue(there(context, DRIVER, "(jettison.hypervisor=emulator)"));
    assertTrue(there(context, "io.jettison.config.Configuration", ""));
  }

  @Test
  public void aPolicyDroppedIntoDeployIsTakenAndLetGo() throws Exception {
    Path deploy = Path.of(System.getProperty("jettison.deploy"));
    Path part = deploy.resolve("near.jar.part");
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.putValue("Manifest-Version", "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", "near");
    main.putValue(
        "Import-Package",
        "io.jettison.api.prefetch;version=\"[1.0,2)\",io.jettison.api.memory;version=\"[1.0,2)\"");
    main.putValue("Service-Component", "OSGI-INF/near.xml");
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(part), manifest)) {
      jar.putNextEntry(new JarEntry("OSGI-INF/near.xml"));
      jar.write(
          ("<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='near'>"
                  + "<implementation class='io.jettison.exam.NearPolicy'/>"
                  + "<property name='jettison.prefetch' value='near'/>"
                  + "<service><provide interface='"
                  + PREFETCH
                  + "'/></service></scr:component>")
              .getBytes(StandardCharsets.UTF_8));
      jar.putNextEntry(new JarEntry("io/jettison/exam/NearPolicy.class"));
      try (InputStream in = ServerIT.class.getResourceAsStream("NearPolicy.class")) {
        in.transferTo(jar);
      }
    }
    Path near = Files.move(part, deploy.resolve("near.jar"));
    await("the policy is taken", () -> there(context, PREFETCH, "(jettison.prefetch=near)"));
    assertTrue("the host stays", there(context, HOST, ""));
    Files.delete(near);
    await("the policy is gone", () -> !there(context, PREFETCH, "(jettison.prefetch=near)"));
    await(
        "and its bundle",
        () -> Stream.of(context.getBundles()).noneMatch(b -> "near".equals(b.getSymbolicName())));
    assertTrue(there(context, PREFETCH, "(jettison.prefetch=none)"));
  }

  @Test
  public void transportsCanBeStoppedAndStarted() throws Exception {
    await("the host", () -> there(context, HOST, ""));
    Bundle tcp = Shipped.bundle(context, "io.jettison.transport.tcp");
    Bundle quic = Shipped.bundle(context, "io.jettison.transport.quic");
    tcp.stop();
    await("the host listens by QUIC", () -> there(context, HOST, ""));
    quic.stop();
    await("no host without transport", () -> !there(context, HOST, ""));
    tcp.start();
    await("the host is back", () -> there(context, HOST, ""));
    quic.start();
    await("the host listens by both", () -> there(context, HOST, ""));
  }

  @Test
  public void aDriverCanBeStoppedAndStarted() throws Exception {
    await("the host", () -> there(context, HOST, ""));
    Bundle driver = Shipped.bundle(context, "io.jettison.hypervisor.emulator");
    driver.stop();
    assertTrue("the host stays", there(context, HOST, ""));
    assertTrue(!there(context, DRIVER, "(jettison.hypervisor=emulator)"));
    driver.start();
    await("the driver", () -> there(context, DRIVER, "(jettison.hypervisor=emulator)"));
  }
}
