package io.jettison.bench;

import io.jettison.lab.LabException;
import io.jettison.uffd.Shim;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The C programs a measurement needs, as files.
 *
 * @param folder where they are
 */
record Programs(Path folder) {
  /** Path of a program, which is put there first. */
  String path(String name) throws LabException {
    try {
      return Shim.extract(Programs.class, "/linux-x86-64/" + name, folder).toString();
    } catch (IOException e) {
      throw new LabException("the program " + name + " cannot be unpacked", e);
    }
  }
}
