// `pulumi-resource-pulumi-nodejs` for an engine that was built from source: runs the dynamic provider of the program's
// installed SDK. The engine starts it in the program's folder.
require("./protocol/keep-compiled.cjs");
require(require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [process.cwd()] }));

// The plugins of a killed engine would run for ever; the end of the pipe tells them. The provider notices it and stops
// its work: it gets time to record that.
const grace = 30_000;
process.stdin.on("end", () => setTimeout(() => process.exit(1), grace)).resume();
