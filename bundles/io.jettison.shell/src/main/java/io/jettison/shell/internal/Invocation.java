package io.jettison.shell.internal;

import io.jettison.vm.VmHost.Progress;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.CommandSession;

/** A command's words and where its answer goes. */
final class Invocation {
  /** The session variable that holds the caller's standard error. */
  static final String ERRORS = ".errors";

  private static final String JSON = "--json";

  final List<String> operands = new ArrayList<>();
  final PrintStream out;
  private final PrintStream errors;
  private final boolean json;

  Invocation(CommandSession session, String... words) {
    out = session.getConsole();
    errors = session.get(ERRORS) instanceof PrintStream stream ? stream : System.err;
    for (String word : words) {
      if (word.startsWith("--") && !word.equals(JSON)) {
        throw new UsageException("unknown option " + word + " (there is --json)");
      } else if (!word.equals(JSON)) {
        operands.add(word);
      }
    }
    json = List.of(words).contains(JSON);
  }

  boolean json() {
    return json;
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
    String text = json ? Json.of(value) : forPeople.toString().stripTrailing();
    if (!text.isEmpty()) {
      out.println(text);
    }
  }
}
