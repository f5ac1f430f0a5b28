package io.jettison.memsrv.internal;

import io.jettison.api.memory.Residual;
import io.jettison.api.transport.Transport;
import io.jettison.memsrv.Memsrv;
import io.jettison.wire.Hello;
import io.jettison.wire.Hello.Purpose;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The desktop's page service. */
@Component(configurationPid = "io.jettison.desktop")
public final class PageServer implements Memsrv {
  /** What it reads of section [desktop]. */
  public @interface Config {
    /** This host's name; empty: its host name. */
    String name() default "";

    /** When pages are compressed. */
    String compression() default "auto";
  }

  private final Transport transport;
  private final String desktop;
  private final Packing.When packing;
  private final Set<PageService> services = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService redial =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "jettison-memsrv");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * In the framework.
   *
   * @throws IOException if this host has no name
   */
  @Activate
  public PageServer(
      @Reference(policyOption = ReferencePolicyOption.GREEDY) Transport transport, Config config)
      throws IOException {
    this(
        transport,
        config.name().isBlank() ? InetAddress.getLocalHost().getHostName() : config.name(),
        Packing.When.valueOf(config.compression().toUpperCase(Locale.ROOT)));
  }

  /** For a desktop of this name. */
  public PageServer(Transport transport, String desktop) {
    this(transport, desktop, Packing.When.AUTO);
  }

  /** For a desktop of this name, compressing at those times. */
  public PageServer(Transport transport, String desktop, Packing.When packing) {
    this.transport = transport;
    this.desktop = desktop;
    this.packing = packing;
  }

  @Override
  public Serving serve(String vm, long epoch, Residual residual, InetSocketAddress server) {
    Serving serving = prepare(vm, epoch, residual, server);
    serving.begin();
    return serving;
  }

  @Override
  public Serving prepare(String vm, long epoch, Residual residual, InetSocketAddress server) {
    return begin(Purpose.PAGES, vm, epoch, residual, server);
  }

  @Override
  public Serving prepareBlocks(
      String vm, String disk, long epoch, Residual image, InetSocketAddress server) {
    return begin(Purpose.BLOCKS, vm + "/" + disk, epoch, image, server);
  }

  @Override
  public List<Serving> served() {
    return List.copyOf(services);
  }

  private Serving begin(
      Purpose purpose, String vm, long epoch, Residual residual, InetSocketAddress server) {
    PageService service =
        new PageService(
            transport,
            redial,
            new Hello(Hello.VERSION, purpose, desktop, vm, epoch),
            residual,
            server,
            new Packing(packing),
            services::remove);
    services.add(service);
    service.dial();
    return service;
  }

  /** Ends all services. */
  @Deactivate
  public void close() {
    redial.shutdownNow();
    services.forEach(PageService::close);
  }
}
