package io.jettison.pc.internal;

/**
 * A service by its name, as long as it is there. Thread-safe.
 *
 * @param <S> the service
 */
final class Named<S> {
  private final S service;
  private final String kind;
  private final String name;
  private volatile boolean failed;

  Named(S service, String kind, String name) {
    this.service = service;
    this.kind = kind;
    this.name = name;
  }

  S service() {
    return service;
  }

  String name() {
    return name;
  }

  /** Whether it failed, and is not to be asked any more. */
  boolean failed() {
    return failed;
  }

  void fail() {
    failed = true;
  }

  /** For people: {@code sleep policy fixed}. */
  @Override
  public String toString() {
    return kind + " " + name;
  }
}
