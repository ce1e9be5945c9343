// GitHub's checker of workflows imports JSON without saying that it is JSON. tsx passes that over; node does not.
import module from "node:module";

module.registerHooks?.({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.endsWith(".json")
      ? { ...resolved, importAttributes: { ...context.importAttributes, type: "json" } }
      : resolved;
  },
});
