import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sampleInputs } from "../../samples.ts";
import type { KopsClusterInputs } from "../../../../../providers/kops/index.ts";

/** Versions of kOps whose output was recorded on the local cloud. */
export const recordedVersions = ["1.32.1", "1.35.0", "1.36.2"] as const;
type Version = (typeof recordedVersions)[number];

/**
 * What kOps printed, by case: of a run that stalled, its last rounds, with one stamp for all lines; of one that ended
 * at once, all but its log. `apply-…` are applies, the others dry runs.
 */
export function recorded(version: Version): Map<string, string[]> {
  const text = readFileSync(join(import.meta.dirname, "recorded", `${version}.txt`), "utf8");
  const cases = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split("\n").filter(Boolean)) {
    const name = /^=== (\S+)$/.exec(line)?.[1];
    if (name === undefined) lines.push(line);
    else cases.set(name, (lines = []));
  }
  return cases;
}

/** The inputs behind a recording. */
export function recordedInputs(version: Version, name = ""): KopsClusterInputs {
  const zone = "ap-southeast-2a";
  const group = (role: string, image: string): Record<string, unknown> => ({
    role,
    image,
    machineType: role === "Node" ? "t9.huge" : "t3.medium",
    minSize: 1,
    maxSize: 1,
    subnets: [zone],
  });
  return sampleInputs({
    name: "k1.example.com",
    kopsVersion: version,
    cluster: {
      kubernetesVersion: version === "1.32.1" ? "1.32.99" : "1.34.99",
      ...(name.endsWith("-vpc") && { networkID: "vpc-0123456789abcdef0" }),
      networkCIDR: "172.20.0.0/16",
      sshKeyName: "nobody",
      subnets: [
        {
          name: zone,
          type: "Private",
          zone,
          cidr: "172.20.128.0/17",
          egress: `${name === "no-nat" ? "nat" : "eipalloc"}-0123456789abcdef0`,
        },
        { name: `utility-${zone}`, type: "Utility", zone, cidr: "172.20.0.0/20" },
      ],
    },
    instanceGroups: {
      [`control-plane-${zone}`]: group("ControlPlane", "ami-0a1"),
      [`nodes-${zone}`]: group("Node", "ami-0123456789abcdef0"),
    },
  });
}
