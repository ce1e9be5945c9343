// `node --import ./typescript.mjs FILE.ts`: node runs TypeScript by itself from 22.18 on; older lines need tsx, which
// makes loading about four times as slow.
if (!process.features.typescript) await import("tsx");
