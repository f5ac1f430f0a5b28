package io.jettison.memtap.internal;

import io.jettison.api.Outcome;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.trace.TraceSink;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.wake.NeedSink;
import io.jettison.memtap.Memtap;
import io.jettison.wire.Hello;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's fault service. */
@Component(configurationPid = "io.jettison.memtap")
@Designate(ocd = FaultService.Config.class)
public final class FaultService implements Memtap {
  private static final Logger LOG = LoggerFactory.getLogger(FaultService.class);

  /** Section [memtap]. */
  @ObjectClassDefinition(name = "Page service of partial VMs")
  public @interface Config {
    /** Prefetch policy. */
    @AttributeDefinition(
        description = "name of the prefetch policy; empty: the one with the highest ranking")
    String prefetch() default "";

    /** Prefetch buffer. */
    @AttributeDefinition(
        min = "0",
        max = "65536",
        description = "MiB of pages fetched ahead that a VM may have waiting")
    int buffer() default BUFFER_MIB;
  }

  private static final int BUFFER_MIB = 50;

  private final Map<String, PageTap> taps = new ConcurrentHashMap<>();
  private final Map<String, FirstTouches> firstTouches = new ConcurrentHashMap<>();
  private final Policies policies;
  private final int bufferPages;
  private final Orphans orphans = new Orphans();
  private final CopyOnWriteArrayList<TraceSink> sinks = new CopyOnWriteArrayList<>();

  /** In the framework. */
  @Activate
  public FaultService(Config config) {
    this(config.prefetch(), config.buffer());
  }

  /** With the prefetch policy of this name; if empty, with the highest ranking one. */
  public FaultService(String prefetch) {
    this(prefetch, BUFFER_MIB);
  }

  private FaultService(String prefetch, int bufferMib) {
    this.policies = new Policies(prefetch);
    this.bufferPages = (int) Pages.holding((long) bufferMib << 20);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addPolicy(PrefetchPolicy policy, Map<String, Object> properties) {
    policies.add(policy, properties);
    taps.values().forEach(tap -> tap.use(policies.chosen()));
  }

  void removePolicy(PrefetchPolicy policy) {
    policies.remove(policy);
    taps.values().forEach(tap -> tap.use(policies.chosen()));
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addSink(TraceSink sink) {
    sinks.add(sink);
  }

  void removeSink(TraceSink sink) {
    sinks.remove(sink);
  }

  private void trace(String vm, long atNanos, TraceSink.Kind kind, long detail) {
    for (int i = 0; i < sinks.size(); i++) {
      TraceSink sink = sinks.get(i);
      try {
        sink.event(vm, atNanos, kind, detail);
      } catch (RuntimeException e) {
        LOG.error("the trace sink {} failed and gets no more events", sink, e);
        sinks.remove(sink);
      }
    }
  }

  // One after the other: a tap that nobody knows of, without a link, would take faults for itself.
  @Override
  public synchronized Tap open(String vm, long epoch, PagedMemory memory, NeedSink desktop) {
    PageTap earlier = taps.get(vm);
    if (earlier != null) {
      earlier.close();
    }
    PageTap tap =
        new PageTap(
            vm,
            epoch,
            memory,
            resident(vm, memory),
            new PageBuffer(bufferPages),
            orphans,
            firstTouches.getOrDefault(vm, FirstTouches.NONE),
            this::trace,
            desktop,
            this::closed);
    taps.put(vm, tap);
    tap.use(policies.chosen());
    return tap;
  }

  private void closed(PageTap tap) {
    taps.remove(tap.vm(), tap);
    firstTouches.put(tap.vm(), tap.first());
  }

  /** What a VM that is found again has already. */
  private static PageSet resident(String vm, PagedMemory memory) {
    try {
      return memory.resident();
    } catch (IOException e) {
      LOG.warn("it is not known what {} has: pages may be fetched again in vain", vm, e);
      return new PageSet();
    }
  }

  @Override
  public Outcome<LinkHandler> attach(Hello hello) {
    PageTap tap = taps.get(hello.vm());
    if (tap == null || tap.epoch() != hello.epoch()) {
      return Outcome.refused(
          "no partial VM " + hello.vm() + " of epoch " + hello.epoch() + " is served here",
          "nothing to do: the desktop calls again while it thinks that the VM is here");
    }
    return Outcome.done(new TapLink(tap, hello.call()));
  }

  /** Ends all taps. Their VMs wait for the next when they touch an absent page. */
  @Deactivate
  public void close() {
    taps.values().forEach(PageTap::close);
    orphans.close();
  }
}
