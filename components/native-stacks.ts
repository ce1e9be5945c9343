/*
 * Pulumi's runner has every stack trace mapped by source-map-support, and makes one for each promise of each resource: with
 * twenty clusters a third of what the program computes. Where node runs TypeScript by itself its places are those of the
 * files, and there is nothing to map.
 */
if ((process.features as { typescript?: unknown }).typescript) Reflect.deleteProperty(Error, "prepareStackTrace");
