package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A QEMU command line that is taken over. What it says of memory and of the monitor is replaced;
 * what could not follow the VM to another host, or would lose writes, is refused.
 */
final class GivenArguments {
  private static final Pattern WORD =
      Pattern.compile("\\G\\s*((?:[^\\s'\"\\\\]|\\\\.|'[^']*'|\"(?:[^\"\\\\]|\\\\.)*\")+)");
  private static final Pattern QUOTED =
      Pattern.compile("\\\\(.)|'([^']*)'|\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** Options without a value. */
  private static final Set<String> FLAGS =
      Set.of(
          "-enable-kvm",
          "-nodefaults",
          "-no-user-config",
          "-nographic",
          "-no-reboot",
          "-no-hpet",
          "-no-acpi",
          "-no-shutdown",
          "-S",
          "-daemonize",
          "-snapshot",
          "-usb",
          "-no-fd-bootchk");

  /** Said by this driver itself. */
  private static final Set<String> REPLACED =
      Set.of("-m", "-name", "-incoming", "-S", "-daemonize");

  /** Files and windows that the server need not have. */
  private static final Set<String> DESKTOP_ONLY =
      Set.of("-kernel", "-initrd", "-append", "-dtb", "-display", "-vnc", "-spice");

  private static final Set<String> WRITABLE =
      Set.of("-hda", "-hdb", "-hdc", "-hdd", "-fda", "-fdb", "-mtdblock", "-sd", "-pflash");

  private record Option(String name, String value) {}

  private GivenArguments() {}

  /** Splits a line as a shell would, and checks each option; without what is replaced. */
  static Outcome<List<String>> parse(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    int end = 0;
    while (matcher.find()) {
      words.add(unquoted(matcher.group(1)));
      end = matcher.end();
    }
    if (!line.substring(end).isBlank()) {
      return Outcome.refused(
          "`arguments` has a quote without an end: " + line.substring(end), "close it");
    }
    List<String> kept = new ArrayList<>();
    for (Option option : options(words)) {
      Outcome<Boolean> keep = check(option);
      if (keep instanceof Refused<Boolean> refused) {
        return refused.as();
      }
      if (keep.orThrow()) {
        kept.add(option.name());
        if (!option.value().isEmpty()) {
          kept.add(option.value());
        }
      }
    }
    return Outcome.done(kept);
  }

  private static String unquoted(String word) {
    return QUOTED
        .matcher(word)
        .replaceAll(
            found -> {
              String plain = found.group(1) != null ? found.group(1) : found.group(2);
              return Matcher.quoteReplacement(
                  plain != null ? plain : found.group(3).replaceAll("\\\\(.)", "$1"));
            });
  }

  private static List<Option> options(List<String> words) {
    List<Option> options = new ArrayList<>();
    for (int at = 0; at < words.size(); at++) {
      String word = words.get(at);
      String name = word.startsWith("--") ? word.substring(1) : word;
      if (name.startsWith("-") && !FLAGS.contains(name) && at + 1 < words.size()) {
        options.add(new Option(name, words.get(++at)));
      } else {
        options.add(new Option(name, ""));
      }
    }
    // the program itself may stand first
    if (!options.isEmpty() && !options.get(0).name().startsWith("-")) {
      options.remove(0);
    }
    return options;
  }

  /** Whether an option is kept. */
  private static Outcome<Boolean> check(Option option) {
    String value = option.value();
    if (!option.name().startsWith("-")) {
      return disk(option.name());
    }
    if (WRITABLE.contains(option.name())) {
      return disk(option.name() + " " + value);
    }
    if (option.name().equals("-snapshot")) {
      return Outcome.refused(
          "-snapshot keeps writes in a file that does not move",
          "leave it out, and name the image as `disk`");
    }
    if (value.contains("vhost-user") || value.contains("vhost=on")) {
      return Outcome.refused(
          "a vhost device writes guest memory behind QEMU's back: " + value,
          "use a virtio device without vhost");
    }
    return switch (option.name()) {
      case "-object" -> memory(value);
      case "-machine", "-M" ->
          value.contains("memory-backend=") && !value.contains("memory-backend=ram")
              ? Outcome.refused(
                  "the machine's memory backend is not called `ram`: " + value,
                  "leave memory-backend out; jettison adds its own")
              : Outcome.done(true);
      case "-mem-path", "-mem-prealloc" ->
          Outcome.refused(
              option.name() + " makes memory that is not shared", "leave it out; jettison adds it");
      case "-drive", "-blockdev" -> drive(value);
      default -> Outcome.done(!REPLACED.contains(option.name()));
    };
  }

  private static Outcome<Boolean> memory(String object) {
    if (!object.startsWith("memory-backend-")) {
      return Outcome.done(true);
    }
    boolean shared = object.startsWith("memory-backend-file") && object.contains("share=on");
    return shared
        ? Outcome.done(false)
        : Outcome.refused(
            "the guest's memory is not in a shared file: " + object,
            "use memory-backend-file,share=on or leave it out; jettison adds it");
  }

  private static Outcome<Boolean> drive(String value) {
    boolean cdrom = value.contains("media=cdrom");
    boolean readOnly = cdrom || value.contains("readonly=on") || value.contains("read-only=on");
    boolean raw =
        value.contains("format=raw")
            || value.contains("driver=raw")
            || value.contains("driver=file")
            || (cdrom && !value.contains("format="));
    return readOnly && raw ? Outcome.done(true) : disk(value);
  }

  private static Outcome<Boolean> disk(String value) {
    return Outcome.refused(
        "a disk that is written, or not raw, cannot follow the VM from here: " + value,
        "take it out of `arguments` and name its image as `disk`, with `disk.mode = follows`");
  }

  /** The arguments without what belongs to the desktop only, if it is not for one. */
  static List<String> forRole(List<String> arguments, Machine.Role role) {
    if (role != Machine.Role.PARTIAL) {
      return arguments;
    }
    List<String> kept = new ArrayList<>();
    for (Option option : options(arguments)) {
      if (!DESKTOP_ONLY.contains(option.name())) {
        kept.add(option.name());
        if (!option.value().isEmpty()) {
          kept.add(option.value());
        }
      }
    }
    kept.addAll(List.of("-display", "none"));
    return kept;
  }
}
