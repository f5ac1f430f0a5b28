package io.jettison.api.hypervisor;

import java.nio.file.Path;

/**
 * Where a VM's files are on one host. Both folders exist, belong to this VM alone and are kept over
 * a restart of the JVM.
 *
 * @param memory folder for guest memory, on a file system in RAM
 * @param run folder for sockets, process notes and logs
 */
public record VmPlace(Path memory, Path run) {}
