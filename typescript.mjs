// `node --import ./typescript.mjs FILE.ts`: node runs TypeScript by itself from 22.18 on. On an older one this says so,
// instead of a syntax error in the first file.
if (!process.features.typescript) {
  const error = new Error(
    `Node ${process.versions.node} does not run TypeScript by itself, and Pilot needs that. ` +
      "Next: install node 22.18 or newer (24 is best), then run the same command again.",
  );
  error.name = "OldNode";
  throw error;
}
