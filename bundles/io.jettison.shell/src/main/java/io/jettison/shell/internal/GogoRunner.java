package io.jettison.shell.internal;

import io.jettison.api.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out one command of the scope {@code jettison} with Gogo. Words reach it as variables, so
 * that nothing in them is read as a command.
 */
final class GogoRunner implements ShellSocket.Runner {
  private static final Logger LOG = LoggerFactory.getLogger(GogoRunner.class);
  private static final String SCOPE = "jettison";
  private static final int DONE = 0;
  private static final int REFUSED = 1;
  private static final int NOT_UNDERSTOOD = 2;

  private final BundleContext context;
  private final CommandProcessor gogo;

  GogoRunner(BundleContext context, CommandProcessor gogo) {
    this.context = context;
    this.gogo = gogo;
  }

  @Override
  public int run(Path folder, String[] words, PrintStream out, PrintStream err) {
    try (CommandSession session =
        gogo.createSession(new ByteArrayInputStream(new byte[0]), out, err)) {
      session.put(Invocation.ERRORS, err);
      session.currentDir(folder);
      session.execute(line(words, session));
      return DONE;
    } catch (RefusedException e) {
      err.println("error: " + e.getMessage());
      return REFUSED;
    } catch (UsageException e) {
      err.println("error: " + e.getMessage());
      return NOT_UNDERSTOOD;
    } catch (IllegalArgumentException e) { // Gogo's: these words do not fit the command
      err.println("error: " + String.join(" ", words) + ": " + e.getMessage());
      return NOT_UNDERSTOOD;
    } catch (Exception e) {
      LOG.error("{} failed", String.join(" ", words), e);
      err.println("error: " + String.join(" ", words) + " failed: " + e + " (look at the log)");
      return REFUSED;
    }
  }

  /** Options may stand before the command. */
  private String line(String[] words, CommandSession session) {
    List<String> rest = new ArrayList<>(List.of(words));
    int at = 0;
    while (at < words.length && words[at].startsWith("-")) {
      at++;
    }
    if (at == words.length) {
      throw new UsageException("say what to do (see `jettison help`)");
    }
    String command = rest.remove(at);
    if (!exists(command)) {
      throw new UsageException("there is no command " + command + " (see `jettison help`)");
    }
    StringBuilder line = new StringBuilder(SCOPE + ":" + command);
    for (int i = 0; i < rest.size(); i++) {
      session.put("word" + i, rest.get(i));
      line.append(" $word").append(i);
    }
    return line.toString();
  }

  private boolean exists(String command) {
    try {
      return command.matches("[a-z][a-z-]*")
          && context.getAllServiceReferences(
                  null,
                  "(&("
                      + CommandProcessor.COMMAND_SCOPE
                      + "="
                      + SCOPE
                      + ")("
                      + CommandProcessor.COMMAND_FUNCTION
                      + "="
                      + command
                      + "))")
              != null;
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
