package io.jettison.energy.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jettison.api.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A smart plug that answers HTTP with JSON. */
final class Plug {
  private static final int MOST_BYTES = 64 * 1024;
  private static final int OK = 200;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client;
  private final URI uri;
  private final Duration patience;

  Plug(URI uri, Duration patience) {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(patience)
            .build();
    this.uri = uri;
    this.patience = patience;
  }

  /** Where to ask. {@code address} is a host, a host with a port, or begins with http://. */
  static Outcome<URI> at(String address, String path) {
    String base = address.contains("://") ? address : "http://" + address;
    try {
      URI uri = URI.create(base + path);
      if (uri.getHost() != null && "http".equals(uri.getScheme())) {
        return Outcome.done(uri);
      }
    } catch (IllegalArgumentException e) {
      // refused below
    }
    return Outcome.refused(
        "'" + address + "' is no address of a plug",
        "write `address` as 192.168.1.20 or plug.lan:80");
  }

  /**
   * The number at a place in its answer.
   *
   * @param place a JSON pointer
   */
  double number(String place) throws IOException {
    JsonNode node = answer().at(place);
    if (!node.isNumber() || !(node.doubleValue() >= 0)) {
      throw new IOException(
          uri + " answers, but without a count at " + place + ": it does not measure energy");
    }
    return node.doubleValue();
  }

  private JsonNode answer() throws IOException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(patience).build();
    CompletableFuture<HttpResponse<byte[]>> coming =
        client.sendAsync(request, head -> new Limited(MOST_BYTES));
    try {
      // the request's own time-out ends with the head of the answer
      HttpResponse<byte[]> response = coming.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != OK) {
        throw new IOException(uri + " answers with status " + response.statusCode());
      }
      return JSON.readTree(response.body());
    } catch (ExecutionException e) {
      throw new IOException(uri + " cannot be asked: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException(uri + " takes longer than " + patience.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    } finally {
      coming.cancel(true);
    }
  }
}
