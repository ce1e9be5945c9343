// Tests a cluster; `SmokeTest` runs it. The request is JSON in SMOKE_TEST. The report is one line of JSON on standard
// output; progress goes to standard error. If a check does not pass in time, the exit code is 1, there is no report,
// and the last lines on standard error say which check failed and why. Pulumi's state names this file.
try {
  await import("../../typescript.mjs");
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const { main } = await import("./run.ts");
process.exitCode = await main(JSON.parse(process.env.SMOKE_TEST ?? "{}"));
