/**
 * `pulumi-language-nodejs` for an engine that was built from source: no registry has the official host's Go module. The
 * engine passes its own address as the last argument and reads the port from the first line of output.
 */
import { createRequire } from "node:module";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import grpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { languageRuntime } from "./service.ts";

const { version } = createRequire(import.meta.url)("@pulumi/pulumi/package.json") as { version: string };
const engine = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";

const stopped = new AbortController();
const server = new Server();
server.addService(grpc.LanguageRuntimeService, languageRuntime({ engine, version, stopped }));

function stop(): void {
  // The process ends after the last program.
  stopped.abort();
  server.forceShutdown();
  process.stdin.destroy();
}

// The engine has the other end of our standard input: it closes even if the engine was killed.
process.stdin.on("end", stop).on("error", stop).resume();
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    console.error(`The language host cannot listen on the loopback interface: ${error.message}`);
    process.exit(1);
  }
  console.log(port);
});
