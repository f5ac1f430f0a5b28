package io.jettison.power.linux.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.wake.SecureOn;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Wake-on-LAN by the kernel's ethtool interface (netdevice(7); linux/ethtool.h).
 *
 * <pre>
 * struct ifreq            char name[16]; void *data; …
 * struct ethtool_wolinfo  u32 cmd; u32 supported; u32 wolopts; u8 sopass[6];
 * </pre>
 */
final class Ethtool implements WakeOnLan {
  private static final class Linux {
    static {
      Native.register(Linux.class, "c");
    }

    private Linux() {}

    static native int socket(int domain, int type, int protocol);

    static native int ioctl(int fd, long request, Pointer argument);

    static native int close(int fd);

    static native String strerror(int error);
  }

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SIOCETHTOOL = 0x8946;
  private static final int EPERM = 1;
  private static final int ENODEV = 19;
  private static final int EOPNOTSUPP = 95;

  private static final int GET_WOL = 5;
  private static final int SET_WOL = 6;
  private static final int MAGIC = 1 << 5;
  private static final int SECURE = 1 << 6;

  private static final int NAME_BYTES = 16;
  private static final int REQUEST_BYTES = 40;
  private static final int SUPPORTED_AT = 4;
  private static final int OPTIONS_AT = 8;
  private static final int PASSWORD_AT = 12;
  private static final int PASSWORD_BYTES = 6;
  private static final int WOL_BYTES = 20;

  @Override
  public Outcome<State> state(String card) {
    try (Memory wol = new Memory(WOL_BYTES)) {
      return get(card, wol).then(nothing -> Outcome.done(read(wol)));
    }
  }

  private static State read(Memory wol) {
    int supported = wol.getInt(SUPPORTED_AT);
    int options = wol.getInt(OPTIONS_AT);
    return new State(
        (supported & MAGIC) != 0,
        (supported & SECURE) != 0,
        (options & MAGIC) != 0,
        (options & SECURE) != 0);
  }

  private static Outcome<Nothing> get(String card, Memory wol) {
    wol.clear();
    wol.setInt(0, GET_WOL);
    return call(card, wol)
        .then(
            nothing ->
                (wol.getInt(SUPPORTED_AT) & MAGIC) != 0 ? Outcome.done() : withoutWakeOnLan(card));
  }

  @Override
  public Outcome<Nothing> enable(String card, Optional<SecureOn> password) {
    try (Memory wol = new Memory(WOL_BYTES)) {
      return get(card, wol)
          .then(
              nothing -> {
                int wanted = password.isPresent() ? SECURE : MAGIC;
                if ((wol.getInt(SUPPORTED_AT) & wanted) == 0) {
                  return Outcome.refused(
                      "the network card " + card + " knows no SecureOn password",
                      "leave `password` in [power.linux] and in [pc] of the server empty");
                }
                byte[] bytes = new byte[PASSWORD_BYTES];
                password.ifPresent(
                    given -> System.arraycopy(given.bytes(), 0, bytes, 0, given.bytes().length));
                byte[] before = wol.getByteArray(PASSWORD_AT, PASSWORD_BYTES);
                if (wol.getInt(OPTIONS_AT) == wanted
                    && (password.isEmpty() || Arrays.equals(before, bytes))) {
                  return Outcome.done();
                }
                wol.setInt(0, SET_WOL);
                wol.setInt(OPTIONS_AT, wanted);
                wol.write(PASSWORD_AT, bytes, 0, PASSWORD_BYTES);
                return call(card, wol);
              });
    }
  }

  private static Outcome<Nothing> call(String card, Memory wol) {
    byte[] name = card.getBytes(StandardCharsets.UTF_8);
    if (name.length >= NAME_BYTES) {
      return missing(card);
    }
    int fd = Linux.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      return Outcome.refused(
          "no socket can be opened: " + Linux.strerror(Native.getLastError()),
          "look at the limits of this process");
    }
    try (Memory request = new Memory(REQUEST_BYTES)) {
      request.clear();
      request.write(0, name, 0, name.length);
      request.setPointer(NAME_BYTES, wol);
      if (Linux.ioctl(fd, SIOCETHTOOL, request) == 0) {
        return Outcome.done();
      }
      int error = Native.getLastError();
      return switch (error) {
        case EOPNOTSUPP -> withoutWakeOnLan(card);
        case ENODEV -> missing(card);
        case EPERM ->
            Outcome.refused(
                "this user may not see or set Wake-on-LAN of " + card, "run jettisond as root");
        default ->
            new Refused<>(
                "Wake-on-LAN of " + card + " cannot be set: " + Linux.strerror(error),
                "try `ethtool -s " + card + " wol g`");
      };
    } finally {
      int unused = Linux.close(fd);
    }
  }

  private static <T> Outcome<T> withoutWakeOnLan(String card) {
    return Outcome.refused(
        "the network card " + card + " has no Wake-on-LAN",
        "take a wired card that has it (`ethtool CARD` shows g in `Supports Wake-on`), and switch it"
            + " on in the firmware's settings");
  }

  private static <T> Outcome<T> missing(String card) {
    return Outcome.refused(
        "there is no network card " + card, "name one of `ip link` as `card` in [power.linux]");
  }
}
