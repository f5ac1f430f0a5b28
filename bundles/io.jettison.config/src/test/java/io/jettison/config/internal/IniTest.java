package io.jettison.config.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome.Refused;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IniTest {
  private static final Schema SCHEMA =
      new Schema(
          Map.of(
              "desktop", Map.of("server", value -> "", "busy", value -> number(value)),
              "vm.qemu", Map.of("name", value -> "", "memory", value -> ""),
              "power.profile", Map.of("name", value -> ""),
              "energy.shelly", Map.of("name", value -> "")));

  private static String number(String value) {
    return value.matches("\\d+") ? "" : "it is a number";
  }

  @Test
  void readsSectionsAndValuesThatContainAnything() {
    List<Ini.Section> sections =
        Ini.parse("# a comment\n[desktop]\nserver = a:1\n\n[ vm.qemu  pc ]\nappend = x=1 y; z#\n")
            .orThrow();
    assertThat(sections).extracting(Ini.Section::header).containsExactly("desktop", "vm.qemu pc");
    assertThat(sections.get(1).line()).isEqualTo(5);
    assertThat(sections.get(1).values().get("append").text()).isEqualTo("x=1 y; z#");
  }

  @ParameterizedTest
  @CsvSource({
    "'[desktop]\nserver', line 2",
    "'server = x', line 1",
    "'[desktop]\na = 1\na = 2', line 3",
    "'[desktop]\n[desktop]', line 2",
    "'[desk top x]', line 1",
  })
  void refusesWhatItCannotRead(String text, String where) {
    assertThat(Ini.parse(text))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).startsWith(where + ":"));
  }

  @Test
  void namesTheNearestKeyAndTheLine() {
    Checker checker = new Checker(SCHEMA, Ini.parse("[vm.qemu pc]\nmemroy = 1 GiB\n").orThrow());
    assertThat(checker.errors())
        .containsExactly("line 2: unknown key 'memroy' in [vm.qemu pc] (did you mean 'memory'?)");
  }

  @Test
  void refusesAValueOfTheWrongKindAndWhatWantsAName() {
    Checker checker =
        new Checker(
            SCHEMA,
            Ini.parse("[desktop]\nbusy = much\n[vm.qemu]\n[power.profile]\n[energy.shelly]\n")
                .orThrow());
    assertThat(checker.errors())
        .containsExactly(
            "line 2: 'much' cannot be busy in [desktop]: it is a number",
            "line 3: [vm.qemu] wants a name: [vm.qemu NAME]",
            "line 4: [power.profile] wants a name: [power.profile NAME]");
  }

  @Test
  void warnsOfASectionNoBundleKnows() {
    Checker checker = new Checker(SCHEMA, Ini.parse("[desktpo]\n").orThrow());
    assertThat(checker.errors()).isEmpty();
    assertThat(checker.warnings())
        .containsExactly(
            "line 1: no bundle here knows a section [desktpo] (did you mean 'desktop'?)");
  }
}
