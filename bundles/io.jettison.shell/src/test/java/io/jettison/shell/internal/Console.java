package io.jettison.shell.internal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandSession;

/** A session of Gogo's, as far as commands need one. */
final class Console {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
  final CommandSession session;

  /** Called in a folder. */
  Console(Path folder) {
    session =
        (CommandSession)
            Proxy.newProxyInstance(
                CommandSession.class.getClassLoader(),
                new Class<?>[] {CommandSession.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "getConsole" -> stream;
                      case "currentDir" -> folder;
                      default -> null;
                    });
  }

  /** What was said since it was asked last. */
  String said() {
    String text = out.toString(StandardCharsets.UTF_8);
    out.reset();
    return text;
  }
}
