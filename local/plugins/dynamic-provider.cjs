// `pulumi-resource-pulumi-nodejs` for an engine that was built from source: runs the dynamic provider of the SDK that
// the program has installed. The engine starts it in the program's folder.
require("./protocol/keep-compiled.cjs");
require(require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [process.cwd()] }));

// An engine that was killed leaves its plugins running for ever; the end of its pipe is the sign. The provider notices
// by itself and stops what it has begun: it gets the time to write that down.
const grace = 30_000;
process.stdin.on("end", () => setTimeout(() => process.exit(1), grace)).resume();
