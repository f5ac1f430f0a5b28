package io.jettison.shell.internal;

import io.jettison.vm.VmHost.Progress;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.felix.service.command.CommandSession;

/** A command's words and where its answer goes. */
final class Invocation {
  /** The session variable that holds the caller's standard error. */
  static final String ERRORS = ".errors";

  private static final String JSON = "--json";

  final List<String> operands = new ArrayList<>();
  final PrintStream out;
  private final CommandSession session;
  private final PrintStream errors;
  private final Map<String, String> options = new HashMap<>();

  Invocation(CommandSession session, String... words) {
    this(session, Set.of(), Set.of(), words);
  }

  /**
   * Of a command that knows other options than {@code --json}.
   *
   * @param flags such as {@code --yes}
   * @param valued options whose value is the next word, such as {@code --since}
   */
  Invocation(CommandSession session, Set<String> flags, Set<String> valued, String... words) {
    this.session = session;
    out = session.getConsole();
    errors = session.get(ERRORS) instanceof PrintStream stream ? stream : System.err;
    Iterator<String> rest = List.of(words).iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      if (!word.startsWith("--")) {
        operands.add(word);
      } else if (valued.contains(word)) {
        if (!rest.hasNext()) {
          throw new UsageException(word + " wants a value");
        }
        options.put(word, rest.next());
      } else if (word.equals(JSON) || flags.contains(word)) {
        options.put(word, "");
      } else {
        Set<String> known = new TreeSet<>(flags);
        known.addAll(valued);
        known.add(JSON);
        throw new UsageException(
            "unknown option " + word + " (there is " + String.join(", ", known) + ")");
      }
    }
  }

  boolean has(String flag) {
    return options.containsKey(flag);
  }

  Optional<String> value(String option) {
    return Optional.ofNullable(options.get(option));
  }

  /** A file of the caller's. */
  Path file(String name) {
    try {
      return session.currentDir().resolve(name);
    } catch (InvalidPathException e) {
      throw new UsageException(name + " is no name of a file");
    }
  }

  /** Shows how far it is; whatever thread says so. */
  Progress progress() {
    return errors::println;
  }

  /** The one operand of a command that wants one. */
  String operand(String usage) {
    if (operands.size() != 1) {
      throw new UsageException("usage: jettison " + usage);
    }
    return operands.get(0);
  }

  void none(String usage) {
    if (!operands.isEmpty()) {
      throw new UsageException("usage: jettison " + usage);
    }
  }

  /** Prints a value the way it is wanted. */
  void print(Object value, Object forPeople) {
    String text = has(JSON) ? Json.of(value) : forPeople.toString().stripTrailing();
    if (!text.isEmpty()) {
      out.println(text);
    }
  }
}
