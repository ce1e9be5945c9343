// `pulumi-resource-pulumi-nodejs` for an engine that was built from source: runs the dynamic provider of the SDK that the
// program has installed. The engine starts it in the program's folder.
require(require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [process.cwd()] }));
