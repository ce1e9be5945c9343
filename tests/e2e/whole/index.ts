import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import yaml from "js-yaml";
import { cloudState } from "../../../local/cloud/index.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { makeCheckoutWith } from "../checkout.ts";
import type { Checkout, Ran } from "../checkout.ts";
import { clientOf, region } from "../network/index.ts";
import { changesIn } from "../requests.ts";

/** The file of the smallest cluster, followed by more YAML. */
export const smallCluster = (name: string, more = ""): string => `name: ${name}
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.0.0.0/8]
deletionProtection: false
controlPlane: { count: 1, machineType: t3.medium }
${more}`;

/** A checkout with the whole program, whose stack config and cluster files the test writes. */
export interface WholeCheckout extends Checkout {
  readonly endpoint: string;
  readonly ec2: EC2Client;
  /** Writes a stack's config, and creates the stack if it is missing. */
  stack(name: string, config: Record<string, unknown>): Promise<void>;
  forget(file: string): Promise<void>;
  /** Runs a Pulumi command without prompts; throws if it fails. */
  pulumi(command: "up" | "preview" | "refresh" | "destroy", stack: string, ...more: string[]): Promise<Ran>;
  outputs<T>(stack: string): Promise<T>;
  /** Ids of running and starting instances, by kOps's name for them. */
  instances(): Promise<Record<string, string[]>>;
  /** Number of changing AWS requests so far, without S3, by service. */
  changes(): Promise<Record<string, number>>;
}

/** Makes the checkout without the tracked cluster files, and starts its local cloud. */
export function makeWholeCheckout(): Promise<WholeCheckout> {
  return makeCheckoutWith(async (checkout) => {
    for (const file of await readdir(join(checkout.folder, "clusters", "sbx")))
      await rm(join(checkout.folder, "clusters", "sbx", file), { recursive: true });
    await checkout.local("true");
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    return extend(checkout, state.endpoint);
  });
}

function extend(checkout: Checkout, endpoint: string): WholeCheckout {
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
