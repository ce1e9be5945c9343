#!/usr/bin/env node
// The bin of package.json: `npx pilot`. It checks that node runs TypeScript, then loads the command tree alone.
try {
  await import("../typescript.mjs");
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { main } = await import("./pilot.ts");
await main(process.argv.slice(2));
