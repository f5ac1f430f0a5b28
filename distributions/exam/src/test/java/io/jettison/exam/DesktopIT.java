package io.jettison.exam;

import static io.jettison.exam.Shipped.await;
import static io.jettison.exam.Shipped.there;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.caesar.ContextHandler;
import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.caesar.SuspendCycle;
import io.jettison.api.caesar.SuspendCycle.Decision;
import io.jettison.api.power.PcDay;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.PowerProfiles;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/** The desktop's bundles: what is there, what may come and go. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class DesktopIT {
  private static final String HOST = "io.jettison.vm.VmHost";
  private static final String DEFINITION = "io.jettison.api.hypervisor.VmDefinition";
  private static final String METER = "io.jettison.api.power.EnergyMeter";
  private static final String POWER = "io.jettison.api.power.PowerController";
  private static final String METERS = "io.jettison.energy.Meters";
  private static final String RESIDENCY = "io.jettison.api.residency.ResidencyPolicy";
  private static final String SLEEP = "io.jettison.api.sleep.SleepPolicy";
  private static final String POLICY = "io.jettison.api.consolidation.ConsolidationPolicy";

  /** "TESTCTXT", and that of the memory server. */
  private static final String TEST = "5445535443545854";

  private static final String MEMORY = "4a54534e4d454d31";

  @Inject private BundleContext context;

  @Configuration
  public Option[] config() throws IOException {
    return Shipped.bundles(
        "desktop",
        """
        [desktop]
        name = pc1
        server = 127.0.0.1:1
        [vm.emulator a]
        memory = 64 MiB
        cold = 8 MiB
        [power.profile mine]
        idle.watts = 40.5
        sleep.watts = 2
        suspend.seconds = 3
        suspend.watts = 50
        resume.seconds = 4
        resume.watts = 60
        [sleep]
        controller = test
        speedup = 200
        [energy.tasmota pc1]
        address = 127.0.0.1:1
        """);
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
  public void profilesAreShippedAndConfigured() throws InterruptedException {
    PowerProfiles profiles = service(PowerProfiles.class);
    assertTrue(profiles.profile("xps7100").isDone());
    await("the configured profile", () -> profiles.profile("mine").isDone());
    assertEquals(40.5, profiles.profile("mine").orThrow().idleWatts(), 0);
  }

  @Test
  public void metersAndSleepPoliciesAreThere() throws InterruptedException {
    for (String meter : new String[] {"model", "rapl", "tasmota"}) {
      await(meter, () -> there(context, METER, "(jettison.meter=" + meter + ")"));
    }
    assertTrue(there(context, METERS, ""));
    for (String name : new String[] {"fixed", "optimal", "skirental", "adaptive"}) {
      assertTrue(name, there(context, SLEEP, "(jettison.sleep=" + name + ")"));
    }
    PowerProfile custom = service(PowerProfiles.class).profile("custom").orThrow();
    SleepPolicy highest = service(SleepPolicy.class);
    assertEquals(10_902L, highest.open(custom).waitTimer().toMillis());
  }

  @Test
  public void aPcSaysWhatKeepsItAwakeWhileItsPartsAreReplaced() throws Exception {
    PcDay day = service(PcDay.class);
    await("no controller", () -> day.status().why().equals("there is no power controller test"));
    await("the policy", () -> day.status().policy().equals("adaptive"));
    ServiceRegistration<PowerController> registration =
        context.registerService(
            PowerController.class,
            new Sleepless(),
            FrameworkUtil.asDictionary(Map.of(PowerController.NAME, "test")));
    await("no VM", () -> day.status().why().equals("no VM is away"));
    Bundle policy = Shipped.bundle(context, "io.jettison.sleep.adaptive");
    policy.stop();
    await("the next policy", () -> day.status().policy().equals("optimal"));
    policy.start();
    Shipped.bundle(context, "io.jettison.caesar").update();
    await("the policy again", () -> day.status().policy().equals("adaptive"));
    registration.unregister();
    await("no controller", () -> day.status().why().equals("there is no power controller test"));
  }

  @Test
  public void policiesAreReplacedWhileThePcSleeps() throws Exception {
    await("the day", () -> there(context, PcDay.class.getName(), ""));
    PcDay day = service(PcDay.class);
    Bundle adaptive = Shipped.bundle(context, "io.jettison.sleep.adaptive");
    Sleeping controller = new Sleeping();
    ServiceRegistration<VmHost> away =
        context.registerService(
            VmHost.class,
            new Away(),
            FrameworkUtil.asDictionary(
                Map.of(VmHost.SIDE, "desktop", Constants.SERVICE_RANKING, 1_000)));
    ServiceRegistration<PowerController> registration =
        context.registerService(
            PowerController.class,
            controller,
            FrameworkUtil.asDictionary(Map.of(PowerController.NAME, "test")));
    await("asleep", () -> controller.sleeps(1));
    assertSleepsBy(day, "adaptive");
    for (String name : new String[] {"auto", "park", "microsleep"}) {
      Bundle residency = Shipped.bundle(context, "io.jettison.residency." + name);
      residency.stop();
      assertFalse(there(context, RESIDENCY, "(jettison.residency=" + name + ")"));
      residency.start();
      await(name, () -> there(context, RESIDENCY, "(jettison.residency=" + name + ")"));
    }

    adaptive.stop();
    controller.wake();
    await("asleep again", () -> controller.sleeps(2));
    assertSleepsBy(day, "optimal");

    adaptive.start();
    controller.wake();
    await("asleep once more", () -> controller.sleeps(3));
    assertSleepsBy(day, "adaptive");

    ServiceRegistration<SleepPolicy> sudden =
        context.registerService(
            SleepPolicy.class,
            profile -> new Sudden(),
            FrameworkUtil.asDictionary(
                Map.of(SleepPolicy.NAME, "sudden", Constants.SERVICE_RANKING, 1_000)));
    controller.wake();
    await("asleep at once", () -> controller.sleeps(4));
    assertSleepsBy(day, "sudden");
    assertDrawn(".png");
    assertDrawn(".svg");

    away.unregister();
    sudden.unregister();
    controller.wake();
    await("no VM", () -> day.status().why().equals("no VM is away"));
    registration.unregister();
  }

  /** What it did until now, with the chart library as it is in its bundle. */
  private void assertDrawn(String kind) throws Exception {
    Path picture = Files.createTempFile("timeline", kind);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (CommandSession session =
        service(CommandProcessor.class).createSession(InputStream.nullInputStream(), said, said)) {
      session.execute("jettison:timeline " + picture);
      assertTrue(said.toString(StandardCharsets.UTF_8), Files.size(picture) > 1_000);
    } finally {
      Files.delete(picture);
    }
  }

  private static void assertSleepsBy(PcDay day, String policy) {
    String why = day.status().why();
    assertTrue(why, why.endsWith("(sleep policy " + policy + ")"));
  }

  /** That of a PC that sleeps until it is told to wake. */
  private static final class Sleeping implements PowerController {
    private final AtomicInteger begun = new AtomicInteger();
    private final Semaphore wakes = new Semaphore(0);

    boolean sleeps(int times) {
      return begun.get() == times;
    }

    void wake() {
      wakes.release();
    }

    @Override
    public Outcome<String> check() {
      return Outcome.done("sleeps until it is told to wake");
    }

    @Override
    public Outcome<WakeReason> sleep(Duration atMost) {
      begun.incrementAndGet();
      wakes.acquireUninterruptibly();
      return Outcome.done(WakeReason.NETWORK);
    }
  }

  /** Sleeps without waiting. */
  private static final class Sudden implements SleepPolicy.Session {
    @Override
    public void request(Duration gap) {}

    @Override
    public Duration waitTimer() {
      return Duration.ZERO;
    }
  }

  /** A desktop whose one VM is on the server. */
  private static final class Away implements VmHost {
    @Override
    public List<VmStatus> vms() {
      return List.of(
          new VmStatus(
              "away",
              "emulator",
              VmState.REMOTE,
              1,
              "127.0.0.1:1",
              1,
              1,
              Optional.empty(),
              "",
              Optional.empty(),
              Optional.empty()));
    }

    @Override
    public Outcome<Nothing> boot(String vm, Progress progress) {
      return no();
    }

    @Override
    public Outcome<Nothing> powerOff(String vm, Progress progress) {
      return no();
    }

    @Override
    public Outcome<Long> consolidate(String vm, Progress progress) {
      return no();
    }

    @Override
    public Outcome<Stay> reintegrate(String vm, Progress progress) {
      return no();
    }

    @Override
    public Outcome<Nothing> recover(String vm, Progress progress) {
      return no();
    }

    @Override
    public Outcome<Long> salvage(String vm, Progress progress) {
      return no();
    }

    private static <T> Outcome<T> no() {
      return Outcome.refused("it is a test", "try another desktop");
    }
  }

  /** That of a PC that cannot sleep. */
  private static final class Sleepless implements PowerController {
    @Override
    public Outcome<String> check() {
      return Outcome.refused("it is a test", "try another PC");
    }

    @Override
    public Outcome<WakeReason> sleep(Duration atMost) {
      return Outcome.refused("it is a test", "try another PC");
    }
  }

  @Test
  public void howThePcSleepsIsCheckedAndItIsNoEmulatedOne() throws InterruptedException {
    await("power.linux", () -> there(context, POWER, "(jettison.power=linux)"));
    assertFalse(there(context, POWER, "(jettison.power=lab)"));
    PowerController controller = service(PowerController.class);
    assertTrue(controller.findings().stream().anyMatch(one -> one.what().equals("sleep")));
  }

  private <S> S service(Class<S> type) {
    return context.getService(context.getServiceReference(type));
  }

  @Test
  public void contextHandlersAreReplacedWhileThePcSleeps() throws Exception {
    await("CAESAR", () -> there(context, SuspendCycle.class.getName(), ""));
    SuspendCycle cycle = context.getService(context.getServiceReference(SuspendCycle.class));
    await("the memory server", () -> there(context, ContextHandler.class.getName(), ""));
    cycle.suspending();
    assertEquals("nobody here serves context TESTCTXT", wake(cycle, TEST).reason());

    cycle.suspending();
    for (int i = 0; i < 3; i++) {
      Noting handler = new Noting();
      ServiceRegistration<ContextHandler> registration =
          context.registerService(
              ContextHandler.class,
              handler,
              FrameworkUtil.asDictionary(
                  Map.of(ContextHandler.CONTEXT_ID, Long.parseLong(TEST, 16))));
      assertEquals(After.RESUSPEND, wake(cycle, TEST).after());
      assertEquals("[presuspend, resume 7, resuspend]", handler.calls.toString());
      registration.unregister();
    }
    assertEquals(After.FULL_RESUME, wake(cycle, TEST).after());
  }

  @Test
  public void theMemoryServerIsReplacedWhileThePcSleeps() throws Exception {
    await("CAESAR", () -> there(context, SuspendCycle.class.getName(), ""));
    SuspendCycle cycle = context.getService(context.getServiceReference(SuspendCycle.class));
    Bundle bundle = Shipped.bundle(context, "io.jettison.caesar.memory");
    // it has no VM to serve here, and so resumes all; but it is asked
    String asked = "the handler of context JTSNMEM1 wants it";
    cycle.suspending();
    assertEquals(asked, wake(cycle, MEMORY).reason());
    cycle.suspending();
    bundle.stop();
    bundle.start();
    assertEquals(asked, wake(cycle, MEMORY).reason());
    cycle.suspending();
    bundle.stop();
    assertEquals("nobody here serves context JTSNMEM1", wake(cycle, MEMORY).reason());
    bundle.start();
  }

  /** The packet of the paper, with argument 7. */
  private static Decision wake(SuspendCycle cycle, String id) {
    String packet =
        "ffffffffffff" + "024a45540001".repeat(16) + "0000000053524d50" + id + "0000000000000007";
    return cycle.woke(
        WakeReason.NETWORK, Optional.of(ByteBuffer.wrap(HexFormat.of().parseHex(packet))));
  }

  private static final class Noting implements ContextHandler {
    private final List<String> calls = new CopyOnWriteArrayList<>();

    @Override
    public void presuspend() {
      calls.add("presuspend");
    }

    @Override
    public After resume(ByteBuffer arguments) {
      calls.add("resume " + arguments.getLong());
      return After.RESUSPEND;
    }

    @Override
    public void resuspend() {
      calls.add("resuspend");
    }

    @Override
    public void postsuspend() {
      calls.add("postsuspend");
    }
  }

  @Test
  public void aPolicyAndADriverCanBeStoppedAndStarted() throws Exception {
    await("the host", () -> there(context, HOST, ""));
    for (String name :
        new String[] {"consolidation.idle", "hypervisor.emulator", "energy", "sleep.adaptive"}) {
      Bundle bundle = Shipped.bundle(context, "io.jettison." + name);
      bundle.stop();
      assertTrue("the host stays without " + name, there(context, HOST, ""));
      bundle.start();
    }
    await("the policy", () -> there(context, POLICY, "(jettison.consolidation=idle)"));
    await("the VM", () -> there(context, DEFINITION, ""));
  }
}
