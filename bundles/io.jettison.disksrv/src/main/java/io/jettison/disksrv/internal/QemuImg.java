package io.jettison.disksrv.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jettison.api.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code qemu-img info} says of an image. */
final class QemuImg {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String program;
  private final Path folder;

  QemuImg(String program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /** The disk's size; refused if the image is not whole in itself. */
  Outcome<Long> bytes(Path image) {
    // a name with a slash before any colon is a file's, not a protocol's
    Path file = image.toAbsolutePath();
    if (!Files.exists(file)) {
      return Outcome.refused("there is no disk image " + file, "put it there, or mend its path");
    }
    return info(file).then(info -> bytes(file, info));
  }

  private Outcome<JsonNode> info(Path image) {
    try {
      Files.createDirectories(folder);
      Path out = Files.createTempFile(folder, "info", ".json");
      Path err = Files.createTempFile(folder, "info", ".log");
      try {
        return QemuTool.start(
                List.of(
                    program,
                    "info",
                    "--output=json",
                    "--force-share",
                    "--format=qcow2",
                    image.toString()),
                out,
                err)
            .then(process -> read(image, process, out, err));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      return Outcome.refused(
          "qemu-img cannot be asked about " + image + ": " + e, "see that " + folder + " is ours");
    }
  }

  private static Outcome<JsonNode> read(Path image, Process process, Path out, Path err) {
    try {
      if (process.waitFor() == 0) {
        return Outcome.done(JSON.readTree(out.toFile()));
      }
      return Outcome.refused(
          "not a qcow2 image: " + QemuTool.lastWords(err),
          "see what `qemu-img info " + image + "` says of it");
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted while asking about " + image, "try again");
    } catch (IOException e) {
      return Outcome.refused(
          "qemu-img says of " + image + " what is not understood: " + e.getMessage(),
          "try it by hand: `qemu-img info --output=json " + image + "`");
    }
  }

  private static Outcome<Long> bytes(Path image, JsonNode info) {
    JsonNode details = info.path("format-specific").path("data");
    if (info.has("backing-filename")) {
      return Outcome.refused(
          image + " needs a backing file, " + info.path("backing-filename").asText(),
          "make it whole with `qemu-img rebase -b '' " + image + "` while the VM is off");
    }
    if (details.has("data-file")) {
      return Outcome.refused(
          image + " keeps its data in another file, " + details.path("data-file").asText(),
          "make it whole with `qemu-img convert -O qcow2 " + image + " NEW.qcow2`");
    }
    if (info.path("encrypted").asBoolean()) {
      return Outcome.refused(
          image + " is encrypted, and its blocks would travel in the clear",
          "encrypt inside the guest, and convert it with `qemu-img convert`");
    }
    if (details.path("corrupt").asBoolean()) {
      return Outcome.refused(
          image + " is marked as corrupt", "repair it with `qemu-img check -r all " + image + "`");
    }
    return Outcome.done(info.path("virtual-size").asLong());
  }
}
