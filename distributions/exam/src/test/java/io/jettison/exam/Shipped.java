package io.jettison.exam;

import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.ops4j.pax.exam.CoreOptions;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.options.UrlProvisionOption;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The bundles of a distribution as it ships, and what tests of them share. */
final class Shipped {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private Shipped() {}

  static Option[] bundles(String kind, String configuration) throws IOException {
    List<Option> bundles = new ArrayList<>();
    Path folder = Path.of(System.getProperty("jettison.distributions"), kind, "target", kind);
    try (Stream<Path> jars = Files.list(folder.resolve("bundle"))) {
      for (Path jar : jars.sorted().toList()) {
        UrlProvisionOption option = CoreOptions.bundle(jar.toUri().toString());
        bundles.add(isFragment(jar) ? option.noStart() : option);
      }
    }
    Path work = Files.createTempDirectory(Path.of("/tmp"), "jex");
    Path deploy = Files.createDirectories(work.resolve("deploy"));
    Path conf = Files.writeString(work.resolve("jettison.conf"), configuration);
    return options(
        composite(bundles.toArray(Option[]::new)),
        frameworkProperty("jettison.conf").value(conf.toString()),
        frameworkProperty("jettison.state").value(work.resolve("state").toString()),
        frameworkProperty("jettison.run").value(work.resolve("run").toString()),
        frameworkProperty("jettison.memory").value(work.resolve("memory").toString()),
        frameworkProperty("felix.fileinstall.dir").value(deploy.toString()),
        frameworkProperty("felix.fileinstall.filter").value(".*\\.jar"),
        frameworkProperty("felix.fileinstall.poll").value("200"),
        frameworkProperty("gosh.args").value("--nointeractive"),
        systemProperty("jettison.deploy").value(deploy.toString()),
        junitBundles());
  }

  private static boolean isFragment(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.getManifest().getMainAttributes().getValue("Fragment-Host") != null;
    }
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not in time: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  static Bundle bundle(BundleContext context, String name) {
    for (Bundle bundle : context.getBundles()) {
      if (name.equals(bundle.getSymbolicName())) {
        return bundle;
      }
    }
    throw new AssertionError("there is no bundle " + name);
  }

  /** Whether there is a service of this type with these properties. */
  static boolean there(BundleContext context, String type, String filter) {
    try {
      return context.getAllServiceReferences(type, filter.isEmpty() ? null : filter) != null;
    } catch (org.osgi.framework.InvalidSyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
