import type { Operation } from "../../operation/operation.ts";
import { validate } from "./validated.ts";

/**
 * Step ApiServed: waits until a new cluster is valid for the first time. All its nodes are new, so none waits, unless
 * an earlier run launched some (`rolls`): then the rolls tell.
 */
export async function awaitApi(operation: Operation, rolls: boolean): Promise<void> {
  await operation.step("ApiServed", async () => {
    operation.context.progress.say("waiting for the new cluster");
    await validate(operation);
    if (rolls) return [];
    return [
      { type: "ControlPlaneUpToDate", status: "True", reason: "UpToDate", message: "" },
      { type: "NodesUpToDate", status: "True", reason: "UpToDate", message: "" },
    ];
  });
}
