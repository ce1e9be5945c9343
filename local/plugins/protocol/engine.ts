import * as grpc from "@grpc/grpc-js";
import engineproto from "@pulumi/pulumi/proto/engine_pb.js";
import engineservices from "@pulumi/pulumi/proto/engine_grpc_pb.js";

export interface Engine {
  /** One line in the run's output, under the resource. */
  info(message: string, urn?: string): void;
  /** The same as a warning. */
  warn(message: string, urn?: string): void;
}

/**
 * Connects to the engine. The plugin ends when the engine ends for any reason: a killed engine cannot stop its plugins.
 */
export function connectEngine(address: string, gone: () => void): Engine {
  const client = new engineservices.EngineClient(address, grpc.credentials.createInsecure());
  const channel = client.getChannel();
  const watch = (): void => {
    const state = channel.getConnectivityState(true);
    if (state === grpc.connectivityState.TRANSIENT_FAILURE || state === grpc.connectivityState.SHUTDOWN) {
      gone();
      return;
    }
    channel.watchConnectivityState(state, Infinity, (error) => {
      if (error === undefined) watch();
    });
  };
  watch();
  const say =
    (severity: engineproto.LogSeverity) =>
    (message: string, urn?: string): void => {
      const request = new engineproto.LogRequest().setSeverity(severity).setMessage(message);
      if (urn !== undefined) request.setUrn(urn);
      // A line that cannot be shown must not fail the work; `watch` notices a lost engine.
      client.log(request, () => undefined);
    };
  return { info: say(engineproto.LogSeverity.INFO), warn: say(engineproto.LogSeverity.WARNING) };
}

export const silentEngine: Engine = { info: () => undefined, warn: () => undefined };
