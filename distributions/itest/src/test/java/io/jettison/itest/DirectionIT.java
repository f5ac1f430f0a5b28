package io.jettison.itest;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which way the bundles may depend on each other. */
class DirectionIT {
  private static JavaClasses bundles;

  @BeforeAll
  static void read() throws IOException {
    try (Stream<Path> folders = Files.list(Host.distributions().resolve("../bundles"))) {
      List<Path> classes =
          folders
              .map(folder -> folder.resolve("target/classes"))
              .filter(Files::isDirectory)
              .toList();
      assertThat(classes).hasSizeGreaterThan(10);
      bundles = new ClassFileImporter().importPaths(classes);
    }
  }

  @Test
  void theApiKnowsNobody() {
    onlyOn("api", "api");
  }

  @Test
  void addOnsKnowTheApiAlone() {
    onlyOn("prefetch", "api", "prefetch");
    onlyOn("consolidation", "api", "consolidation");
    onlyOn("sleep", "api", "sleep");
    onlyOn("energy", "api", "energy");
    onlyOn("transport", "api", "transport");
    onlyOn("uffd", "api", "uffd");
    onlyOn("hypervisor", "api", "hypervisor", "uffd");
  }

  @Test
  void theDataPathKnowsNoVmsAndTheSidesNotEachOther() {
    onlyOn("wire", "api", "wire");
    onlyOn("memsrv", "api", "wire", "memsrv");
    onlyOn("memtap", "api", "wire", "memtap");
    onlyOn("disksrv", "api", "memsrv", "disksrv");
    onlyOn("diskmerge", "api", "diskmerge");
    onlyOn("nbd", "nbd");
    onlyOn("cownetdisk", "api", "wire", "nbd", "transport.netty", "cownetdisk");
    onlyOn("vm", "api", "wire", "vm");
    onlyOn("desktop", "api", "wire", "vm", "memsrv", "disksrv", "diskmerge", "desktop");
    onlyOn("pc", "api", "wire", "vm", "memsrv", "energy", "pc");
    onlyOn("residuals", "api", "wire", "residuals");
    onlyOn("server", "api", "wire", "vm", "memtap", "residuals", "cownetdisk", "wakeup", "server");
  }

  @Test
  void powerKnowsTheProtocolsAndWhatServesPages() {
    onlyOn("chart", "api", "energy", "chart");
    onlyOn("wakeup", "api", "wire", "wakeup");
    onlyOn("power", "api", "wire", "power");
    onlyOn("caesar.internal", "api", "wire", "caesar.internal");
    onlyOn("caesar.memory", "api", "wire", "memsrv", "caesar.memory");
    onlyOn("caesar.probe", "api", "wire", "caesar.probe");
  }

  @Test
  void nobodyKnowsWhatIsInternalToAnotherBundle() {
    ArchRule rule = slices().matching("io.jettison.(**).internal").should().notDependOnEachOther();
    rule.check(bundles);
  }

  @Test
  void shellLabAndBenchAreKnownByNobody() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.jettison.shell..", "io.jettison.lab..", "io.jettison.bench..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.jettison.shell.."))
        .orShould()
        .dependOnClassesThat(resideInAPackage("io.jettison.lab.."))
        .orShould()
        .dependOnClassesThat(resideInAPackage("io.jettison.bench.."))
        .check(bundles);
  }

  private static void onlyOn(String part, String... known) {
    String[] allowed = new String[known.length];
    for (int i = 0; i < known.length; i++) {
      allowed[i] = "io.jettison." + known[i] + "..";
    }
    classes()
        .that()
        .resideInAPackage("io.jettison." + part + "..")
        .should()
        .onlyDependOnClassesThat(
            com.tngtech.archunit.base.DescribedPredicate.not(resideInAPackage("io.jettison.."))
                .or(
                    com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(
                        allowed)))
        .check(bundles);
  }
}
