package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.cownetdisk.internal.DiskService;
import io.jettison.disksrv.internal.DiskServer;
import io.jettison.disksrv.internal.RawFormat;
import io.jettison.hypervisor.emulator.internal.EmulatorDriver;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.memtap.internal.FaultService;
import io.jettison.residuals.internal.ResidualStore;
import io.jettison.server.internal.ParkingLot;
import io.jettison.server.internal.ServerHost;
import io.jettison.transport.tcp.internal.TcpTransport;
import io.jettison.uffd.VmmProcess;
import io.jettison.vm.Drivers;
import io.jettison.vm.Places;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Parked;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.control.ControlMessage.PowerNote;
import io.jettison.wire.control.Conversation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A desktop and a server in this JVM, with real links, real paging and an emulated guest. */
final class TwoHosts implements AutoCloseable {
  static final String VM = "pc";
  private static final String RAM = "ram";
  private static final int MEMORY_MIB = 96;
  private static final int DISK_MIB = 64;
  private static final int SEED = 7;
  private static final int COLD_MIB = 44;
  private static final int HOT_MIB = 4;
  static final int WORKLOAD_PAGES = (COLD_MIB + HOT_MIB) * 256;

  /** How large a VM is, in MiB. */
  record Size(int memory, int cold, int hot, int disk) {}

  private final Path base;
  private final long serverBytes;
  private final Path memory;
  private final Drivers drivers = new Drivers();
  private final Moment moment = new Moment();
  private final Size size;
  private final TcpTransport transport = new TcpTransport();
  private final CutTransport calls = new CutTransport(transport);
  private final CutTransport pages = new CutTransport(transport);
  private final PageServer memsrv = new PageServer(pages, "desk");
  private final DiskServer disksrv =
      new DiskServer(memsrv, Map.of(VmSpec.Disk.RAW, new WatchedFormat(new RawFormat(), moment)));
  private final EmulatorDriver driver;
  private InetSocketAddress serverAddress =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private FaultService memtap;
  private DiskService cownetdisk;
  private ResidualStore residuals;
  private ServerHost server;
  private DesktopHost desktop;
  private VmDefinition definition;
  private Presender presender;
  private Context context;
  private long parkBytesPerSecond;
  private int parks = 1;

  TwoHosts(Path base) throws IOException {
    this(base, 8L << 30);
  }

  /** With so many bytes for VMs on the server. */
  TwoHosts(Path base, long serverBytes) throws IOException {
    this(base, serverBytes, new Size(MEMORY_MIB, COLD_MIB, HOT_MIB, DISK_MIB));
  }

  /** With a VM of this size. */
  TwoHosts(Path base, long serverBytes, Size size) throws IOException {
    this.base = base;
    this.size = size;
    this.serverBytes = serverBytes;
    this.memory = Files.createTempDirectory(Path.of("/dev/shm"), "jettison-test");
    this.driver = new EmulatorDriver(base.resolve("native"));
    drivers.add(EmulatorDriver.DRIVER, new WatchedDriver(driver, moment));
    try (RandomAccessFile image = new RandomAccessFile(image().toFile(), "rw")) {
      image.setLength((long) size.disk << 20);
    }
    startServer();
    startDesktop();
  }

  /** The VM's disk. */
  Path image() {
    return base.resolve("disk.raw");
  }

  private Places places(String host) {
    return new Places(
        base.resolve(host).resolve("state"),
        memory.resolve(host),
        base.resolve(host).resolve("run"));
  }

  private VmSpec spec() {
    return new VmSpec(
        VM,
        EmulatorDriver.DRIVER,
        MemoryMap.ofBytes((long) size.memory << 20),
        List.of(new VmSpec.Disk("disk0", image().toString(), VmSpec.Disk.Kind.FOLLOWS)),
        Map.of(
            "seed", String.valueOf(SEED),
            "cold", String.valueOf(size.cold),
            "hot", String.valueOf(size.hot),
            "tick", "20",
            "per-tick", "2"));
  }

  void startServer() throws IOException {
    memtap = new FaultService("");
    cownetdisk = new DiskService();
    residuals = new ResidualStore(base.resolve("server/state/residuals"), 1L << 30);
    server =
        new ServerHost(
            places("server"),
            drivers,
            memtap,
            residuals,
            cownetdisk,
            List.of(transport),
            serverAddress,
            serverBytes,
            new ParkingLot(parks, parkBytesPerSecond, System::nanoTime));
    serverAddress = server.address();
  }

  /** What is left of a server whose JVM ended: VMs, journal and files. */
  void stopServer() throws IOException {
    server.close();
    memtap.close();
    cownetdisk.close();
    residuals.close();
  }

  void startDesktop() throws IOException {
    calls.live();
    pages.live();
    context =
        new Context(
            "desk", "127.0.0.1:" + serverAddress.getPort(), calls, memsrv, disksrv, drivers);
    desktop = new DesktopHost(context, places("desktop"), new ActivityMonitor(15, List.of()));
    presender = new Presender(desktop::all, context, Duration.ZERO);
    definition = Rehearsals.definition(spec());
    desktop.define(definition);
  }

  /** The VM is no longer described. */
  void forget() {
    desktop.undefine(definition);
  }

  void stopDesktop() {
    presender.close();
    desktop.close();
  }

  /**
   * What is on the desktop of what its daemon wrote, to be put back: what goes on in this JVM after
   * the moment a crash is to happen at did not happen.
   */
  Snapshot desktopNow() throws IOException {
    Path copy = Files.createTempDirectory(base, "then");
    copy(base.resolve("desktop/state"), copy.resolve("state"));
    copy(places("desktop").of(VM).memory(), copy.resolve("memory"));
    return new Snapshot(copy);
  }

  /** See {@link #desktopNow}. */
  final class Snapshot {
    private final Path copy;

    private Snapshot(Path copy) {
      this.copy = copy;
    }

    /** Takes over the record of who owns the VM from an earlier one. */
    void record(Snapshot earlier) throws IOException {
      Path record = Path.of("state/desktop", VM + ".owner");
      Files.copy(
          earlier.copy.resolve(record),
          copy.resolve(record),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** It is as it was; without memory if the power failed. */
    void restore(boolean withMemory) throws IOException {
      delete(base.resolve("desktop/state"), path -> true);
      copy(copy.resolve("state"), base.resolve("desktop/state"));
      Path at = places("desktop").of(VM).memory();
      if (withMemory) {
        delete(at, path -> !path.endsWith(RAM));
        copy(copy.resolve("memory"), at);
      } else {
        driver.purge(spec(), places("desktop").of(VM));
        delete(at, path -> true);
      }
      discard();
    }

    void discard() throws IOException {
      delete(copy, path -> true);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : files.filter(path -> !path.endsWith(RAM)).toList()) {
        Path copy = to.resolve(from.relativize(file));
        if (!Files.isDirectory(file)) {
          Files.copy(file, copy);
        } else if (!Files.isDirectory(copy)) {
          Files.createDirectories(copy);
        }
      }
    }
  }

  private static void delete(Path folder, Predicate<Path> which) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).filter(which).toList()) {
        if (!file.equals(folder) || which.test(folder.resolve(RAM))) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** From now on nothing comes to the desktop's daemon, and nothing leaves it. */
  void silenceDesktop() {
    calls.die();
    pages.die();
  }

  /** The desktop's daemon goes on: it opens fresh links, and says that it is awake. */
  void unsilenceDesktop() {
    calls.live();
    pages.live();
    memsrv.served().forEach(serving -> serving.relink());
    note(Power.AWAKE);
  }

  /** The desktop says what its PC is about to do. */
  void note(Power power) {
    try (Conversation conversation =
        Conversation.call(calls, serverAddress, "desk", Duration.ofSeconds(20)).orThrow()) {
      conversation.send(new PowerNote(power));
      conversation.expect(ControlMessage.Done.class, Duration.ofSeconds(20)).orThrow();
    }
  }

  /** Every link between the hosts ends; they may call anew. */
  void cutLinks() {
    calls.cut();
    pages.cut();
  }

  /** Ends the VMM on the server, as a lack of memory there would. */
  void killPartialVm() throws IOException {
    VmmProcess.find(places("server").of("desk/" + VM).run()).orElseThrow().kill();
  }

  /**
   * Stops the guest on the server, which flushes, and ends its VMM; yields what its disk must hold.
   */
  GuestModel losePartialVm() throws IOException {
    tell(base.resolve("server/run/desk~pc/control.sock"), "stop");
    GuestModel lost = new GuestModel(SEED, places("server").of("desk/" + VM).memory().resolve(RAM));
    killPartialVm();
    return lost;
  }

  /**
   * What is in RAM of the server's disks is gone, as after a power failure. The server is stopped.
   */
  void loseLiveMaps() throws IOException {
    delete(base.resolve("server/run"), path -> path.toString().endsWith(".map"));
  }

  /** What the image must hold, if the guest of the desktop does not run. */
  GuestModel model() throws IOException {
    return new GuestModel(SEED, places("desktop").of(VM).memory().resolve(RAM));
  }

  /** Blocks of the image that are not what the guest at home has written, which stands still. */
  int wrongInImage() throws IOException {
    Path guest = base.resolve("desktop/run/pc/control.sock");
    tell(guest, "stop");
    int wrong = model().wrong(image());
    tell(guest, "cont");
    return wrong;
  }

  private static void tell(Path guest, String command) throws IOException {
    String answer = line(guest, command);
    if (!"OK".equals(answer)) {
      throw new IOException(command + ": " + answer);
    }
  }

  /** When something goes wrong. */
  Moment moment() {
    return moment;
  }

  DesktopHost desktop() {
    return desktop;
  }

  /** What the desktop does now and then while a VM is on the server. */
  void presend() {
    desktop.all().forEach(presender::presend);
  }

  /** Rehearses so many moves, by itself if it is more than none. */
  Rehearsals rehearsals(int times) {
    return new Rehearsals(
        desktop, context, places("desktop"), new ActivityMonitor(15, List.of()), times);
  }

  /** Leaves the VM of a rehearsal on the server, as a desktop whose JVM was killed. */
  void cutRehearsalShort() throws IOException {
    String name = Rehearsals.NAME + EmulatorDriver.DRIVER;
    VmSpec spec = driver.rehearsal(name).orThrow();
    try (DesktopHost stage =
        new DesktopHost(
            context, Rehearsals.stage(places("desktop")), new ActivityMonitor(15, List.of()))) {
      stage.define(Rehearsals.definition(spec));
      stage.boot(name, Progress.NONE).orThrow();
      stage.consolidate(name, Progress.NONE).orThrow();
    }
  }

  /** The server loses the VM of that rehearsal. */
  void killRehearsal() throws IOException {
    String key = "desk/" + Rehearsals.NAME + EmulatorDriver.DRIVER;
    VmmProcess.find(places("server").of(key).run()).orElseThrow().kill();
  }

  /** From its next start on, the server lets so many bytes a second come to its disk. */
  void parkSlowly(long bytesPerSecond) {
    parkBytesPerSecond = bytesPerSecond;
  }

  /** From its next start on, the server parks so many VMs at a time. */
  void parks(int places) {
    parks = places;
  }

  /** Has VMs that are away parked, or not, as it is chosen. */
  Residences residences(Residences.Chooser chooser, LongSupplier nanos) {
    return new Residences(desktop::all, context, () -> chooser, base.resolve("stays"), nanos);
  }

  /** Has the VM's cold rest on the server. */
  Outcome<Parked> park() {
    DesktopVm vm = desktop.all().iterator().next();
    AtomicReference<Outcome<Parked>> outcome =
        new AtomicReference<>(Outcome.refused("it is not its turn", "wait"));
    vm.turn.ahead(() -> outcome.set(new Parker(context, vm, progress -> {}).run()));
    return outcome.get();
  }

  /** What carries the desktop's control conversations. */
  CutTransport calls() {
    return calls;
  }

  private Path staging() throws IOException {
    return places("desktop").of(VM).memory().resolve("return");
  }

  /** Whether anything lies on the desktop that came of the VM. */
  boolean hasStaging() throws IOException {
    return Files.exists(staging());
  }

  /** As a desktop does whose JVM was killed. */
  void leaveStaging() throws IOException {
    Files.createDirectories(staging());
    Files.write(staging().resolve("pages"), new byte[] {1, 2, 3});
  }

  ServerHost server() {
    return server;
  }

  int port() {
    return serverAddress.getPort();
  }

  void boot() {
    desktop.boot(VM, Progress.NONE).orThrow();
  }

  VmStatus status() {
    return desktop.vms().stream().filter(s -> s.name().equals(VM)).findFirst().orElseThrow();
  }

  /** Gives the guest a command, on whichever host it runs. */
  Map<String, Long> guest(String command) throws IOException {
    return guest(status().state(), command);
  }

  /** Gives the guest a command where it is in this state. */
  Map<String, Long> guest(VmState state, String command) throws IOException {
    String run = state == VmState.REMOTE ? "server/run/desk~pc" : "desktop/run/pc";
    return ask(base.resolve(run).resolve("control.sock"), command);
  }

  private static Map<String, Long> ask(Path socket, String command) throws IOException {
    String answer = line(socket, command);
    if (answer == null || !answer.matches("OK (pages|blocks)=.*")) {
      throw new IOException(command + ": " + answer);
    }
    String[] words = answer.split("[= ]", -1);
    return Map.of(words[1], Long.parseLong(words[2]), "bad", Long.parseLong(words[4]));
  }

  private static @Nullable String line(Path socket, String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
      return new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))
          .readLine();
    }
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("in vain waited for: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() throws IOException {
    stopDesktop();
    server.close();
    memtap.close();
    cownetdisk.close();
    residuals.close();
    disksrv.close();
    memsrv.close();
    driver.purge(spec(), places("desktop").of(VM));
    driver.purge(spec(), places("server").of("desk/" + VM));
    transport.close();
    try (var files = Files.walk(memory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
