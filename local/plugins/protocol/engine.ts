import * as grpc from "@grpc/grpc-js";
import engineproto from "@pulumi/pulumi/proto/engine_pb.js";
import engineservices from "@pulumi/pulumi/proto/engine_grpc_pb.js";

export interface Engine {
  /** One line in the run's output, under the resource. */
  info(message: string, urn?: string): void;
  /** The same, as a warning. */
  warn(message: string, urn?: string): void;
}

/**
 * The other side of the wire. The plugin ends when the engine is gone, however it went: an engine that was killed
 * cannot stop its plugins.
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
      // A line that cannot be shown is no reason to fail the work it tells of; a lost engine is noticed by `watch`.
      client.log(request, () => undefined);
    };
  return { info: say(engineproto.LogSeverity.INFO), warn: say(engineproto.LogSeverity.WARNING) };
}

export const silentEngine: Engine = { info: () => undefined, warn: () => undefined };
