package io.jettison.disksrv.internal;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** QEMU's own format, read and written by QEMU's own tools. */
@Component(property = DiskFormat.NAME + "=qcow2")
public final class Qcow2Format implements DiskFormat {
  private static final String RUN = "jettison.run";

  private final QemuImg images;
  private final QemuNbd servers;

  /** In the framework. */
  @Activate
  public Qcow2Format(BundleContext context) {
    this(run(context.getProperty(RUN)));
  }

  private static Path run(@Nullable String property) {
    return Path.of(property == null ? "/run/jettison" : property).toAbsolutePath();
  }

  /** With the tools of this host, which have their sockets and notes in this folder. */
  public Qcow2Format(Path run) {
    this(run, "qemu-img", "qemu-nbd");
  }

  Qcow2Format(Path run, String qemuImg, String qemuNbd) {
    Path folder = run.resolve("disks");
    images = new QemuImg(qemuImg, folder);
    servers = new QemuNbd(qemuNbd, folder);
    servers.endAll();
  }

  @Override
  public Outcome<Long> bytes(Path image) {
    return images.bytes(image);
  }

  @Override
  public Outcome<DiskImage> open(Path image) {
    return servers
        .start(image, List.of("--read-only"))
        .then(served -> Outcome.done(new Qcow2Image(served)));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Zeros are not looked for in what is written: what shall be freed is said.
   */
  @Override
  public Outcome<DiskTarget> openTarget(Path image) {
    return servers
        .start(image, List.of("--discard=unmap", "--detect-zeroes=off", "--cache=writeback"))
        .then(served -> Outcome.done(new Qcow2Target(served)));
  }

  /** Ends the helper programs of images still open. */
  @Deactivate
  public void close() {
    servers.endAll();
  }
}
