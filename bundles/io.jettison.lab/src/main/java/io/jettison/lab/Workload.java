package io.jettison.lab;

import java.time.Duration;

/** The self-verifying workload in the VM, as reached from outside. */
public interface Workload {
  /**
   * Gives the workload a command: {@code verify}, {@code touch N}, {@code dirty N}; with a disk
   * also {@code disk-verify}, {@code disk-check N}, {@code disk-write N}.
   *
   * @return its answer
   * @throws LabException if it does not answer within {@code limit}, or reports an error
   */
  Reply ask(String command, Duration limit) throws LabException;
}
