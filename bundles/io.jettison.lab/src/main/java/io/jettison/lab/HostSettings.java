package io.jettison.lab;

/** The configuration files of the lab's hosts. */
final class HostSettings {
  private HostSettings() {}

  /** That of the server: with room for the VM and what it takes to run it. */
  static String server(Network network, Options options) {
    return """
    [server]
    listen = %s
    memory = %d B

    [memtap]
    prefetch = %s
    %s"""
        .formatted(
            network.serverAddress(),
            2 * options.memoryBytes(),
            options.prefetch(),
            options.residuals().isEmpty()
                ? ""
                : "\n[residuals]\nsize = " + options.residuals() + "\n");
  }

  /**
   * That of the desktop, with a residency policy if its PC sleeps: impatient, so that a
   * demonstration does not take a coffee break.
   */
  static String desktop(Network network, Options options, String residency, String vmSections) {
    return """
    [desktop]
    name = desktop
    server = %s
    rehearsals = %d
    %s
    [consolidation.idle]
    idle = 2 s
    warning = 1 s

    %s%s%s"""
        .formatted(
            network.serverAddress(),
            options.rehearsals(),
            options.presend().isEmpty() ? "" : "presend = " + options.presend() + "\n",
            options.quic() ? "[transport.quic]\nservice.ranking = 10\n\n" : "",
            options.sleep().map(sleep -> sleep(sleep, residency, network)).orElse(""),
            vmSections);
  }

  private static String sleep(Options.Sleep sleep, String residency, Network network) {
    return """
    [residency]
    policy = %s

    [sleep]
    controller = lab
    policy = %s
    profile = %s
    speedup = %d
    user = 5 s
    home = false

    [power.lab]
    mac = %s
    profile = %s
    speedup = %d

    """
        .formatted(
            residency,
            sleep.policy(),
            sleep.profile(),
            sleep.speedup(),
            network.desktopHardware().orElseThrow(),
            sleep.profile(),
            sleep.speedup());
  }
}
