#!/usr/bin/env node
// The bin of package.json: `npx pilot`. It loads the way to run TypeScript first, then the command tree alone.
await import("../typescript.mjs");
const { main } = await import("./pilot.ts");
await main(process.argv.slice(2));
