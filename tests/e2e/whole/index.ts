import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import yaml from "js-yaml";
import { cloudState } from "../../../local/cloud/index.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { makeFurnished } from "../checkout.ts";
import type { Checkout, Ran } from "../checkout.ts";
import { clientOf, region } from "../network/index.ts";
import { changesIn } from "../requests.ts";

/** A cluster file of the smallest cluster, with more YAML after it. */
export const smallCluster = (name: string, more = ""): string => `name: ${name}
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.0.0.0/8]
deletionProtection: false
controlPlane: { count: 1, machineType: t3.medium }
${more}`;

/** The whole program in a checkout of its own, with a stack config and cluster files to be written by the test. */
export interface WholeCheckout extends Checkout {
  readonly endpoint: string;
  readonly ec2: EC2Client;
  /** Writes a stack's config, and makes the stack when it is not there. */
  stack(name: string, config: Record<string, unknown>): Promise<void>;
  forget(file: string): Promise<void>;
  /** A Pulumi command without questions, which must succeed. */
  pulumi(command: "up" | "preview" | "refresh" | "destroy", stack: string, ...more: string[]): Promise<Ran>;
  outputs<T>(stack: string): Promise<T>;
  /** Ids of the instances that run or start, by the name kOps gave them. */
  instances(): Promise<Record<string, string[]>>;
  /** Requests so far that changed something in AWS, but for objects. */
  changes(): Promise<Record<string, number>>;
}

/** Makes the checkout without the tracked cluster files, and starts its local cloud. */
export function makeWholeCheckout(): Promise<WholeCheckout> {
  return makeFurnished(async (checkout) => {
    for (const file of await readdir(join(checkout.folder, "clusters", "sbx")))
      await rm(join(checkout.folder, "clusters", "sbx", file), { recursive: true });
    await checkout.local("true");
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    return furnish(checkout, state.endpoint);
  });
}

function furnish(checkout: Checkout, endpoint: string): WholeCheckout {
  const ec2 = new EC2Client(clientOf(endpoint));
  return {
    ...checkout,
    endpoint,
    ec2,
    async stack(name, config) {
      const keys = Object.entries(config).map(([key, value]) => [`pilot:${key}`, value]);
      await checkout.write(
        `Pulumi.${name}.yaml`,
        yaml.dump({ config: { "aws:region": region, ...(Object.fromEntries(keys) as object) } }),
      );
      await checkout.local("pulumi", "stack", "select", "--create", name);
    },
    forget: (file) => rm(join(checkout.folder, file)),
    pulumi: (command, stack, ...more) =>
      checkout.local(
        "pulumi",
        command,
        "--stack",
        stack,
        "--non-interactive",
        ...(command === "preview" ? [] : ["--yes", "--skip-preview"]),
        ...more,
      ),
    outputs: async <T>(stack: string): Promise<T> =>
      JSON.parse((await checkout.local("pulumi", "stack", "output", "--json", "--stack", stack)).output) as T,
    async instances() {
      const { Reservations: all = [] } = await ec2.send(
        new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["pending", "running"] }] }),
      );
      const found: Record<string, string[]> = {};
      for (const { InstanceId: id = "", Tags: tags = [] } of all.flatMap(({ Instances = [] }) => Instances)) {
        const name = tags.find(({ Key }) => Key === "Name")?.Value ?? "";
        found[name] = [...(found[name] ?? []), id].toSorted();
      }
      return Object.fromEntries(Object.entries(found).toSorted(([one], [other]) => (one < other ? -1 : 1)));
    },
    changes: () => changesIn(endpoint),
  };
}
