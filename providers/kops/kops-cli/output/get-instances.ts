import { z } from "zod";

const instances = z.array(
  z.object({ id: z.string(), nodeName: z.string().optional(), status: z.string(), instanceGroup: z.string() }),
);

/** Nodes that wait for a roll, with the names of their Auto Scaling groups (`kops get instances -o json`). */
export function waitingInstances(stdout: string): { node: string; autoScalingGroup: string }[] {
  return instances
    .parse(JSON.parse(stdout.slice(Math.max(0, stdout.indexOf("[")))))
    .filter(({ status }) => status !== "UpToDate")
    .map(({ id, nodeName, instanceGroup }) => ({ node: nodeName || id, autoScalingGroup: instanceGroup }));
}
