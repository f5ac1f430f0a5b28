package io.jettison.config.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.MetaTypeService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the bundles' configurations equal to the file, also when it is edited. */
@Component(immediate = true)
public final class ConfigurationFile implements Configuration {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationFile.class);

  /** Marks the configurations that come from the file. */
  private static final String MARK = "jettison.section";

  private static final long POLL_MILLIS = 1000;

  private final BundleContext context;
  private final ConfigurationAdmin admin;
  private final MetaTypeService metatypes;
  private final Path file;
  private final ScheduledExecutorService poll;
  private volatile List<Section> sections = List.of();
  private volatile List<String> problems = List.of();
  private String seen = "";
  private Set<String> known = Set.of();

  /** Reads the file before anything is configured by default. */
  @Activate
  public ConfigurationFile(
      BundleContext context,
      @Reference ConfigurationAdmin admin,
      @Reference MetaTypeService metatypes) {
    this.context = context;
    this.admin = admin;
    this.metatypes = metatypes;
    this.file = locate(context);
    look();
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "configuration");
              thread.setDaemon(true);
              return thread;
            });
    java.util.concurrent.Future<?> unused =
        executor.scheduleWithFixedDelay(
            this::look, POLL_MILLIS, POLL_MILLIS, TimeUnit.MILLISECONDS);
    poll = executor;
  }

  private static Path locate(BundleContext context) {
    String named = context.getProperty("jettison.conf");
    String home = context.getProperty("jettison.home");
    return named != null
        ? Path.of(named).toAbsolutePath()
        : Path.of(home == null ? "." : home).resolve("conf/jettison.conf").toAbsolutePath();
  }

  /** Lets go; the configurations stay for the next version of this bundle. */
  @Deactivate
  public void close() {
    poll.shutdownNow();
  }

  private void look() {
    try {
      String text = Files.readString(file);
      Schema schema = Metatypes.read(context, metatypes);
      if (!text.equals(seen) || !schema.fingerprint().equals(known)) {
        seen = text;
        known = Set.copyOf(schema.fingerprint());
        take(Ini.parse(text), schema);
      }
    } catch (NoSuchFileException e) {
      report(List.of("there is no " + file));
    } catch (IOException | RuntimeException e) {
      report(List.of(file + " cannot be used: " + e));
    }
  }

  private void take(Outcome<List<Ini.Section>> parsed, Schema schema) throws IOException {
    if (parsed instanceof Refused<List<Ini.Section>> refused) {
      report(List.of(refused.oneLine()));
    } else if (parsed instanceof Done<List<Ini.Section>> done) {
      Checker checker = new Checker(schema, done.value());
      List<String> all = new ArrayList<>(checker.errors());
      all.addAll(checker.warnings());
      if (checker.errors().isEmpty()) {
        apply(done.value());
      }
      report(all);
    }
  }

  private void report(List<String> found) {
    if (!found.equals(problems)) {
      found.forEach(problem -> LOG.warn("{}: {}", file, problem));
      problems = List.copyOf(found);
    }
  }

  private void apply(List<Ini.Section> wanted) throws IOException {
    Set<String> pids = new HashSet<>();
    List<Section> inForce = new ArrayList<>();
    for (Ini.Section section : wanted) {
      String pid = Metatypes.PREFIX + section.kind();
      Map<String, String> values = new HashMap<>();
      section.values().forEach((key, value) -> values.put(key, value.text()));
      inForce.add(new Section(section.header(), section.line(), Map.copyOf(values)));
      org.osgi.service.cm.Configuration configuration =
          section.name().isEmpty()
              ? admin.getConfiguration(pid, "?")
              : admin.getFactoryConfiguration(pid, section.name(), "?");
      Map<String, Object> properties = new HashMap<>(values);
      if (!section.name().isEmpty()) {
        properties.put("name", section.name());
      }
      properties.put(MARK, section.header());
      configuration.updateIfDifferent(FrameworkUtil.asDictionary(properties));
      pids.add(configuration.getPid());
    }
    try {
      org.osgi.service.cm.Configuration[] ours = admin.listConfigurations("(" + MARK + "=*)");
      for (org.osgi.service.cm.Configuration configuration :
          ours == null ? new org.osgi.service.cm.Configuration[0] : ours) {
        if (!pids.contains(configuration.getPid())) {
          configuration.delete();
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
    sections = List.copyOf(inForce);
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public List<Section> sections() {
    return sections;
  }

  @Override
  public List<String> problems() {
    return problems;
  }
}
