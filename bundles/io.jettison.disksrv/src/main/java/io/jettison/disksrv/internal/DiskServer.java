package io.jettison.disksrv.internal;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.disksrv.Disksrv;
import io.jettison.memsrv.Memsrv;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The desktop's block service. */
@Component
public final class DiskServer implements Disksrv {
  /** What sets of blocks can hold: 8 TiB less a block. */
  private static final long MOST_BYTES = Pages.offset(Integer.MAX_VALUE);

  private final Memsrv memsrv;
  private final Formats formats = new Formats();
  private final Set<DiskServing> servings = ConcurrentHashMap.newKeySet();

  // a thread for each image that is being opened: storage that hangs holds up nobody else
  private final ExecutorService background =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "jettison-disksrv");
            thread.setDaemon(true);
            return thread;
          });

  /** Serves by way of this page service. */
  @Activate
  public DiskServer(@Reference Memsrv memsrv) {
    this.memsrv = memsrv;
  }

  /** With formats that stay. */
  public DiskServer(Memsrv memsrv, Map<String, DiskFormat> formats) {
    this(memsrv);
    formats.forEach(this.formats::add);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addFormat(DiskFormat format, Map<String, Object> properties) {
    formats.add(String.valueOf(properties.get(DiskFormat.NAME)), format);
    servings.forEach(DiskServing::formatCame);
  }

  void removeFormat(DiskFormat format, Map<String, Object> properties) {
    formats.remove(String.valueOf(properties.get(DiskFormat.NAME)), format);
    servings.forEach(serving -> serving.formatWent(format));
  }

  @Override
  public Outcome<DiskFormat> format(String name) {
    return formats.get(name);
  }

  @Override
  public Outcome<VmSpec.Disk> examine(VmSpec.Disk disk) {
    Path path;
    try {
      path = Path.of(disk.path());
    } catch (InvalidPathException e) {
      return Outcome.refused("the disk " + disk.id() + " has no path: " + e, "mend its path");
    }
    return formats
        .get(disk.format())
        .then(format -> format.bytes(path))
        .then(bytes -> sized(disk, bytes));
  }

  private static Outcome<VmSpec.Disk> sized(VmSpec.Disk disk, long bytes) {
    if (bytes <= 0 || bytes > MOST_BYTES) {
      return Outcome.refused(
          "the disk " + disk.id() + " of " + bytes + " bytes is empty or larger than 8 TiB",
          "give it another size, or put it on storage that both hosts reach");
    }
    return Outcome.done(new VmSpec.Disk(disk.id(), disk.path(), disk.kind(), disk.format(), bytes));
  }

  @Override
  public Outcome<Serving> prepare(
      String vm, long epoch, VmSpec.Disk disk, InetSocketAddress server) {
    return formats
        .get(disk.format())
        .then(format -> sized(disk, disk.bytes()))
        .then(
            whole -> {
              LeftDisk left = new LeftDisk(whole, formats);
              DiskServing serving =
                  new DiskServing(
                      vm + "/" + disk.id(),
                      left,
                      () -> memsrv.prepareBlocks(vm, disk.id(), epoch, left, server),
                      background,
                      servings::remove);
              servings.add(serving);
              return Outcome.done(serving);
            });
  }

  /** Ends all services. */
  @Deactivate
  public void close() {
    servings.forEach(DiskServing::close);
    background.shutdownNow();
  }
}
