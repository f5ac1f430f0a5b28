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
 * Wake-on-LAN and link settings by the kernel's ethtool interface (netdevice(7); linux/ethtool.h).
 *
 * <pre>
 * struct ifreq                  char name[16]; void *data; …
 * struct ethtool_wolinfo        u32 cmd; u32 supported; u32 wolopts; u8 sopass[6];
 * struct ethtool_link_settings  u32 cmd; u32 speed; u8 duplex; u8 port; u8 phy_address; u8 autoneg;
 *                               u8 …[3]; s8 link_mode_masks_nwords; u8 …[4]; u32 reserved[7];
 *                               u32 link_mode_masks[3 × nwords];
 * </pre>
 */
final class Ethtool implements WakeOnLan, Link {
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

  private static final int GET_LINK = 0x4c;
  private static final int SET_LINK = 0x4d;
  private static final int SPEED_AT = 4;
  private static final int DUPLEX_AT = 8;
  private static final int AUTONEG_AT = 11;
  private static final int WORDS_AT = 15;
  private static final int MASKS_AT = 48;
  private static final int MASKS = 3;
  private static final byte FULL_DUPLEX = 1;

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
    int error = ask(card, wol);
    return switch (error) {
      case 0 -> Outcome.done();
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
  }

  /** Gives a request to the kernel; returns 0 or the number of its error. */
  private static int ask(String card, Memory data) {
    byte[] name = card.getBytes(StandardCharsets.UTF_8);
    if (name.length >= NAME_BYTES) {
      return ENODEV;
    }
    int fd = Linux.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      return Native.getLastError();
    }
    try (Memory request = new Memory(REQUEST_BYTES)) {
      request.clear();
      request.write(0, name, 0, name.length);
      request.setPointer(NAME_BYTES, data);
      return Linux.ioctl(fd, SIOCETHTOOL, request) == 0 ? 0 : Native.getLastError();
    } finally {
      int unused = Linux.close(fd);
    }
  }

  @Override
  public Outcome<Before> pin(String card, int megabits) {
    return settings(card)
        .then(
            before -> {
              try (Memory pinned = memory(before)) {
                pinned.setInt(SPEED_AT, megabits);
                pinned.setByte(DUPLEX_AT, FULL_DUPLEX);
                pinned.setByte(AUTONEG_AT, (byte) 0);
                return set(card, pinned)
                    .then(nothing -> Outcome.<Before>done(() -> restore(card, before)));
              }
            });
  }

  private static Outcome<Nothing> restore(String card, byte[] before) {
    try (Memory settings = memory(before)) {
      return set(card, settings);
    }
  }

  private static Memory memory(byte[] settings) {
    Memory memory = new Memory(settings.length);
    memory.write(0, settings, 0, settings.length);
    return memory;
  }

  private static Outcome<Nothing> set(String card, Memory settings) {
    settings.setInt(0, SET_LINK);
    return linked(card, ask(card, settings));
  }

  /** The kernel is asked twice: at first it says how many words its masks have, as less than 0. */
  private static Outcome<byte[]> settings(String card) {
    try (Memory head = new Memory(MASKS_AT)) {
      head.clear();
      head.setInt(0, GET_LINK);
      return linked(card, ask(card, head)).then(nothing -> settings(card, -head.getByte(WORDS_AT)));
    }
  }

  private static Outcome<byte[]> settings(String card, int words) {
    int bytes = MASKS_AT + Math.max(0, words) * MASKS * Integer.BYTES;
    try (Memory all = new Memory(bytes)) {
      all.clear();
      all.setInt(0, GET_LINK);
      all.setByte(WORDS_AT, (byte) words);
      return linked(card, ask(card, all)).then(nothing -> Outcome.done(all.getByteArray(0, bytes)));
    }
  }

  private static Outcome<Nothing> linked(String card, int error) {
    return switch (error) {
      case 0 -> Outcome.done();
      case ENODEV -> missing(card);
      default ->
          Outcome.refused(
              "the speed of " + card + " cannot be fixed: " + Linux.strerror(error),
              "set `speed = 0` in [power.linux], or one that `ethtool " + card + "` lists");
    };
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
