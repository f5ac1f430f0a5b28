package io.jettison.config.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeInformation;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;

/** Reads from the installed bundles what may be configured. */
final class Metatypes {
  static final String PREFIX = "io.jettison.";

  private Metatypes() {}

  static Schema read(BundleContext context, MetaTypeService service) {
    Map<String, Map<String, UnaryOperator<String>>> kinds = new HashMap<>();
    for (Bundle bundle : context.getBundles()) {
      MetaTypeInformation information = service.getMetaTypeInformation(bundle);
      if (information != null && bundle.getState() != Bundle.UNINSTALLED) {
        Stream.of(information.getPids(), information.getFactoryPids())
            .flatMap(Stream::of)
            .filter(pid -> pid.startsWith(PREFIX))
            .forEach(pid -> kinds.put(pid.substring(PREFIX.length()), keys(information, pid)));
      }
    }
    return new Schema(kinds);
  }

  private static Map<String, UnaryOperator<String>> keys(
      MetaTypeInformation information, String pid) {
    Map<String, UnaryOperator<String>> keys = new HashMap<>();
    ObjectClassDefinition definition = information.getObjectClassDefinition(pid, null);
    for (AttributeDefinition attribute :
        definition.getAttributeDefinitions(ObjectClassDefinition.ALL)) {
      keys.put(attribute.getID(), value -> validate(attribute, value));
    }
    return keys;
  }

  private static String validate(AttributeDefinition attribute, String value) {
    String[] options = attribute.getOptionValues();
    if (options != null && options.length > 0) {
      return List.of(options).contains(value) ? "" : "it is one of " + String.join(", ", options);
    }
    if (attribute.getType() == AttributeDefinition.STRING) {
      return ""; // the metatype service takes commas and backslashes in it for a list
    }
    String complaint = attribute.validate(value);
    return complaint == null ? "" : complaint;
  }
}
