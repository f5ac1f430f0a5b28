package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jettison.api.Outcome.Refused;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that answers as the devices do. */
class PlugTest {
  /** A Shelly Plug S. */
  private static final String SHELLY_1 =
      """
      {"wifi_sta":{"connected":true,"rssi":-53},"time":"11:08","mac":"E868E7000000",
       "relays":[{"ison":true,"has_timer":false,"overpower":false}],
       "meters":[{"power":2.21,"is_valid":true,"timestamp":1680779310,
                  "counters":[2.115,2.114,2.142],"total":439237}],
       "temperature":34.48,"uptime":18961214}
      """;

  /** A Shelly Plus 1PM. */
  private static final String SHELLY_2 =
      """
      {"id":0,"source":"loopback","output":true,"apower":31.5,"voltage":228.5,"current":0.140,
       "aenergy":{"total":68729.347,"by_minute":[525.1,524.9,525.3],"minute_ts":1718004720},
       "temperature":{"tC":50.3,"tF":122.5}}
      """;

  private static final String TASMOTA =
      """
      {"StatusSNS":{"Time":"2022-01-11T21:57:38","ENERGY":{"TotalStartTime":"2020-10-21T22:15:00",
       "Total":3.705,"Yesterday":0.028,"Today":0.026,"Power":5,"ApparentPower":5,"ReactivePower":0,
       "Factor":1.00,"Voltage":233,"Current":0.021}}}
      """;

  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final Map<String, String> answers = new HashMap<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;
  private String address;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext("/", this::answer);
    server.createContext("/silent/", exchange -> await());
    server.createContext("/slow/", this::dribble);
    server.createContext("/endless/", this::flood);
    server.start();
    address = "127.0.0.1:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    executor.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String answer = answers.get(exchange.getRequestURI().toString());
    byte[] bytes = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer == null ? 401 : 200, bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }

  private void await() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dribble(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 1000);
    exchange.getResponseBody().write('{');
    exchange.getResponseBody().flush();
    await();
  }

  private void flood(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    byte[] spaces = " ".repeat(8192).getBytes(StandardCharsets.UTF_8);
    while (end.getCount() > 0) {
      exchange.getResponseBody().write(spaces); // fails once the client is gone
    }
  }

  private Counter shelly(String at, Map<String, Object> values) {
    Map<String, Object> all = new HashMap<>(values);
    all.put("address", at);
    return ShellyMeter.counter(Configs.of(ShellyMeter.Config.class, all)).orThrow();
  }

  private Counter shelly(Map<String, Object> values) {
    return shelly(address, values);
  }

  private Counter tasmota() {
    return TasmotaMeter.counter(
            Configs.of(TasmotaMeter.Config.class, Map.of("address", "http://" + address)))
        .orThrow();
  }

  @Test
  void readsTheFirstGenerationsWattMinutes() throws IOException {
    answers.put("/status", SHELLY_1);
    assertThat(shelly(Map.of("generation", "1")).joules()).isCloseTo(439237 * 60.0, within(1e-3));
  }

  @Test
  void readsTheSecondGenerationsWattHours() throws IOException {
    answers.put("/rpc/Switch.GetStatus?id=0", SHELLY_2);
    assertThat(shelly(Map.of()).joules()).isCloseTo(68729.347 * 3600, within(1e-3));
  }

  @Test
  void asksForTheChannel() throws IOException {
    answers.put("/rpc/Switch.GetStatus?id=1", "{\"id\":1,\"aenergy\":{\"total\":2}}");
    answers.put("/status", "{\"meters\":[{\"total\":1},{\"total\":7}]}");
    assertThat(shelly(Map.of("channel", 1)).joules()).isEqualTo(7200);
    assertThat(shelly(Map.of("channel", 1, "generation", "1")).joules()).isEqualTo(420);
  }

  @Test
  void readsTasmotasKilowattHours() throws IOException {
    answers.put("/cm?cmnd=Status%208", TASMOTA);
    assertThat(tasmota().joules()).isCloseTo(3.705 * 3.6e6, within(1e-3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":0,\"output\":true}",
        "{\"aenergy\":{\"total\":\"12\"}}",
        "{\"aenergy\":{\"total\":-1}}",
        "{\"aenergy\":{\"total\":NaN}}",
        "{\"aenergy\":",
        "[]",
        "",
        "<html>not found</html>",
      })
  void isAtALossAtWhatIsNoAnswer(String answer) {
    answers.put("/rpc/Switch.GetStatus?id=0", answer);
    assertThatThrownBy(() -> shelly(Map.of()).joules()).isInstanceOf(IOException.class);
  }

  @Test
  void saysThatItIsNotLetIn() {
    assertThatThrownBy(() -> tasmota().joules())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("status 401");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/silent", "/slow"})
  void doesNotWaitForEver(String path) {
    Counter counter = shelly(address + path, Map.of("patience", "100 ms"));
    assertThatThrownBy(counter::joules).isInstanceOf(IOException.class);
  }

  @Test
  void doesNotReadForEver() {
    Counter counter = shelly(address + "/endless", Map.of("patience", "1 min"));
    assertThatThrownBy(counter::joules)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than 65536 bytes");
  }

  @Test
  void saysThatNobodyIsThere() throws IOException {
    server.stop(0);
    assertThatThrownBy(() -> tasmota().joules())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be asked");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "https://plug", "file:///etc"})
  void refusesWhatIsNoAddress(String at) {
    assertThat(TasmotaMeter.counter(Configs.of(TasmotaMeter.Config.class, Map.of("address", at))))
        .isInstanceOf(Refused.class);
  }
}
