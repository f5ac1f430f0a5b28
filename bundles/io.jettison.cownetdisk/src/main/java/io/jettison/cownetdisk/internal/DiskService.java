package io.jettison.cownetdisk.internal;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.cownetdisk.Cownetdisk;
import io.jettison.cownetdisk.internal.ServedDisk.Settings;
import io.jettison.cownetdisk.internal.StoreFiles.Places;
import io.jettison.wire.Hello;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The server's disks. */
@Component(service = Cownetdisk.class, configurationPid = "io.jettison.cownetdisk")
@Designate(ocd = DiskService.Config.class)
public final class DiskService implements Cownetdisk {
  private static final int POLL_MICROS = 50;
  private static final int HANDSHAKE_MILLIS = 10_000;

  /** Longest path a socket address has room for. */
  private static final int MAX_SOCKET_PATH = 107;

  /** Section [cownetdisk]. */
  @ObjectClassDefinition(name = "Disks of partial VMs")
  public @interface Config {
    /** Read-ahead policy. */
    @AttributeDefinition(
        description = "name of the prefetch policy that reads blocks ahead; empty: none")
    String prefetch() default "";

    /** Longest polling. */
    @AttributeDefinition(
        min = "0",
        max = "1000",
        description =
            "microseconds to poll for a disk's next request before sleeping; 0: always sleep;"
                + " changed for disks that are opened then")
    int poll() default POLL_MICROS;
  }

  private final Map<String, ServedDisk> disks = new ConcurrentHashMap<>();
  private final Policies policies;
  private final ExecutorService syncs =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "jettison-disk-sync");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Settings settings;

  /** In the framework. */
  @Activate
  public DiskService(Config config) {
    this(config.prefetch(), config.poll(), HANDSHAKE_MILLIS);
  }

  /** That reads nothing ahead. */
  public DiskService() {
    this("", POLL_MICROS, HANDSHAKE_MILLIS);
  }

  DiskService(String prefetch, int pollMicros, int handshakeMillis) {
    if (!Epoll.isAvailable()) {
      throw new IllegalStateException(
          "cownetdisk needs Linux on x86-64, and Netty's native epoll library",
          Epoll.unavailabilityCause());
    }
    policies = new Policies(prefetch);
    settings = new Settings(pollMicros, handshakeMillis);
  }

  @Modified
  void modified(Config config) {
    settings = new Settings(config.poll(), HANDSHAKE_MILLIS);
    policies.want(config.prefetch());
    disks.values().forEach(disk -> disk.use(policies.chosen()));
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addPolicy(PrefetchPolicy policy, Map<String, Object> properties) {
    policies.add(policy, properties);
    disks.values().forEach(disk -> disk.use(policies.chosen()));
  }

  void removePolicy(PrefetchPolicy policy) {
    policies.remove(policy);
    disks.values().forEach(disk -> disk.use(policies.chosen()));
  }

  @Override
  public synchronized Outcome<CowDisk> open(
      String vm,
      long epoch,
      VmSpec.Disk disk,
      Path slices,
      Path live,
      Path socket,
      NeedSink desktop) {
    String key = vm + "/" + disk.id();
    if (disk.bytes() <= 0 || Pages.holding(disk.bytes()) > Integer.MAX_VALUE) {
      return Outcome.refused(
          "the size of disk " + key + " is " + disk.bytes() + " bytes",
          "it must be known, and at most 8 TiB");
    }
    int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_SOCKET_PATH) {
      return Outcome.refused(
          "the socket's path is " + length + " bytes long: " + socket,
          "choose a run folder so that it is at most " + MAX_SOCKET_PATH);
    }
    if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS) && !isSocket(socket)) {
      return Outcome.refused(socket + " is no socket", "move it away");
    }
    ServedDisk earlier = disks.get(key);
    if (earlier != null) {
      earlier.close();
    }
    try {
      Durable.createFolder(slices);
      Files.createDirectories(live);
      ServedDisk served =
          new ServedDisk(
              key,
              disk.id(),
              epoch,
              disk.bytes(),
              Places.of(slices, live, disk.id()),
              socket,
              settings,
              syncs,
              desktop,
              this::closed);
      try {
        served.listen();
      } catch (IOException e) {
        served.close();
        throw e;
      }
      disks.put(key, served);
      served.use(policies.chosen());
      return Outcome.done(served);
    } catch (IOException e) {
      return Outcome.refused(
          "disk " + key + " cannot be served: " + e.getMessage(),
          "see to the folders " + slices + " and " + live);
    }
  }

  private static boolean isSocket(Path path) {
    return !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isSymbolicLink(path);
  }

  private void closed(ServedDisk disk) {
    disks.remove(disk.key(), disk);
  }

  @Override
  public Outcome<LinkHandler> attach(Hello hello) {
    ServedDisk disk = disks.get(hello.vm());
    if (disk == null || disk.epoch() != hello.epoch()) {
      return Outcome.refused(
          "no disk " + hello.vm() + " of epoch " + hello.epoch() + " is served here",
          "nothing to do: the desktop calls again while it thinks that the VM is here");
    }
    return Outcome.done(disk.link(hello.call()));
  }

  /** Ends all service. The slices stay. */
  @Deactivate
  public void close() {
    List.copyOf(disks.values()).forEach(ServedDisk::close);
    syncs.shutdown();
  }
}
