package io.jettison.vm;

/** Where a VM is in its day. */
public enum VmState {
  /** Described, but nothing runs: never booted, or shut down. */
  OFF,
  /** Runs on its desktop. */
  LOCAL,
  /** Leaves its desktop; the desktop still owns it. */
  CONSOLIDATING,
  /** Runs on the server; its residual is on the desktop. */
  REMOTE,
  /** Comes home. */
  REINTEGRATING,
  /** After a crash: being brought back to one of the states above. */
  RECOVERING
}
