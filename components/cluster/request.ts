import { z } from "zod";
import {
  assumeRoleOptions,
  deletionOptions,
  kopsClusterInputs,
  rollingUpdateOptions,
  timeoutOptions,
  validationOptions,
} from "../../providers/kops/inputs.ts";
import { nearest, strict, type Issue } from "../config-problems.ts";
import { isCidr } from "../network/cidr.ts";
import { longestClusterName } from "./names.ts";

/** The word for `apiAccess` from everywhere. */
export const anyone = "anyone";

const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const dnsName = /^[a-z]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const exactVersion = (example: string) =>
  z.string().regex(/^\d+\.\d+\.\d+$/, { error: `must be an exact version in three numbers, such as ${example}` });

const zoneName = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, { error: "must be the full name of a zone, such as ap-southeast-2a" });

const machineType = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, { error: "must be an EC2 instance type, such as t3.large" })
  .describe("EC2 instance type. Changing it replaces the nodes one after another.");

const image = z
  .string()
  .regex(/^(ami-[0-9a-f]+|ssm:.+|[^/\s]+\/.+)$/, { error: "must be ami-…, <owner>/<name> or ssm:<parameter>" })
  .describe(
    "Machine image: `ami-…`, `<owner>/<name>` or `ssm:<parameter>`. Changing it replaces the nodes. Default: Canonical's Ubuntu 24.04 of 2025-12-12 for the architecture of the machine type.",
  );

const volumeSize = z.int().min(8).max(16384).describe("Size of the encrypted root volume in GiB. Changing it replaces the nodes. Default: kOps's own (64 for the control plane, 128 for nodes).");

const hopLimit = z
  .int()
  .min(1)
  .max(64)
  .describe(
    "How far answers of the instance metadata service travel. At 1 (default) pods without the host's network cannot reach it, and so cannot take on the node's role; 2 lets them. Changing it replaces the nodes.",
  );

const metadata = strict({ hopLimit: hopLimit.optional() }).describe("Instance metadata service. Session tokens (IMDSv2) are always required.");

const labels = z.record(z.string().min(1), z.string()).describe("Kubernetes labels of the nodes. Changing them replaces the nodes.");

const taint = z.string().regex(/^[^=:\s]+(=[^=:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/, {
  error: "must be key=value:Effect or key:Effect, with the effect NoSchedule, PreferNoSchedule or NoExecute",
});

const groupSize = z.int().min(0).max(1000);

const nodeGroup = strict({
  machineType,
  count: groupSize.optional().describe("Number of nodes. Or give `minSize` and `maxSize`."),
  minSize: groupSize.optional().describe("Fewest nodes; an autoscaler moves between `minSize` and `maxSize`."),
  maxSize: groupSize.optional().describe("Most nodes."),
  zones: z.array(zoneName).min(1).optional().describe("Zones the nodes are spread over. Default: all zones of the network."),
  image: image.optional(),
  volumeSize: volumeSize.optional(),
  spot: z
    .boolean()
    .optional()
    .describe("Spot instances: up to 90 % cheaper, taken away by AWS with two minutes' notice (nodes are then drained). Default: false."),
  labels: labels.optional(),
  taints: z.array(taint).optional().describe("Kubernetes taints, `key=value:Effect`. Changing them replaces the nodes."),
  metadata: metadata.optional(),
}).check((context) => {
  const { count, minSize, maxSize } = context.value;
  const problem = (message: string, path: string[] = []) =>
    context.issues.push({ code: "custom", message, path, input: context.value });
  if (count !== undefined && (minSize !== undefined || maxSize !== undefined)) {
    problem("count and minSize/maxSize exclude each other", ["count"]);
  } else if (count === undefined && (minSize === undefined || maxSize === undefined)) {
    problem("needs count, or both minSize and maxSize");
  } else if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    problem(`is larger than maxSize (${maxSize})`, ["minSize"]);
  }
});

const controlPlane = strict({
  count: z
    .union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5: etcd needs an odd number" })
    .default(3)
    .describe("Number of control-plane nodes: 1, 3 or 5, each an instance group of its own, spread over the zones. One means an API outage at every change. Default: 3."),
  machineType: machineType.default("t3.medium"),
  zones: z.array(zoneName).min(1).optional().describe("Zones of the control plane. etcd's volumes live there: cannot be changed later. Default: the first zones of the network."),
  image: image.optional(),
  volumeSize: volumeSize.optional(),
  metadata: metadata.optional(),
});

const apiAccess = z
  .union(
    [
      z.literal(anyone),
      z
        .array(
          z
            .string()
            .refine(isCidr, { error: "must be a CIDR without host bits, such as 10.20.0.0/16" })
            .refine((cidr) => !cidr.endsWith("/0"), { error: `opens the API to the whole world; if that is meant write apiAccess: ${anyone}` }),
        )
        .min(1, { error: "must not be empty: nobody could reach the API" }),
    ],
    {
      error: (issue) =>
        issue.input === undefined
          ? `is missing: a list of CIDRs that may reach the Kubernetes API, or the word ${anyone}`
          : `must be a list of CIDRs without host bits (not /0), or the word ${anyone}`,
    },
  )
  .describe("Who may reach the Kubernetes API: CIDRs, or `anyone` for the whole world. No default, on purpose. The load balancer of the API is internal.");

const etcd = strict({
  volumeSize: z.int().min(1).max(16384).optional().describe("Size of each encrypted etcd volume in GiB. Default: kOps's own (20)."),
  backupRetentionDays: z.int().min(1).max(3650).default(90).describe("Days that etcd backups are kept in the state store. Default: 90."),
});

const secretName = z.string().regex(/^[A-Za-z][\w-]*$/, { error: "must be the name of a secret under pilot:clusterSecrets of the stack" });

// A cluster file is read by many: it names secrets, whose values lie encrypted in the stack's config.
const secrets = strict({
  dockerConfig: secretName.optional().describe("Docker config.json that nodes pull images with. Nodes that run keep the old one until they are replaced."),
  encryptionConfig: secretName
    .optional()
    .describe("Kubernetes EncryptionConfiguration, YAML; needs `encryptionConfig: true` under kops.cluster. Changing it replaces the control-plane nodes."),
  ciliumPassword: secretName.optional().describe("Keys of Cilium's IPsec encryption, YAML."),
  certificateAuthority: strict({ certificate: secretName.describe("PEM."), privateKey: secretName.describe("PEM, unencrypted.") })
    .optional()
    .describe("Certificate authority of the cluster, taken when it is made; rotated later as kOps's guide shows. Default: kOps makes one."),
});

const freeForm = z.record(z.string(), z.unknown());

export const clusterRequest = strict({
  name: z
    .string()
    .regex(dnsName, { error: "must be a DNS name in lower case, such as k1" })
    .describe("Name of the cluster. Without a dot it is completed with the environment's zone name. Cannot be changed: another name is another cluster."),
  kopsVersion: exactVersion("1.35.0").describe("Exact version of kOps. Changing it replaces all nodes."),
  kubernetesVersion: exactVersion("1.34.3").describe("Exact version of Kubernetes, not newer than the version of kOps. Changing it replaces all nodes, control plane first."),
  apiAccess,
  controlPlane: controlPlane.prefault({}).describe("The control plane. Default: three nodes in three zones."),
  nodeGroups: z
    .record(z.string().regex(dnsLabel, { error: "must be a DNS label in lower case" }), nodeGroup)
    .refine((groups) => Object.keys(groups).length > 0, { error: "needs at least one group: kOps makes no cluster without nodes" })
    .describe("Groups of nodes by name. A group that leaves is drained and deleted."),
  image: image.optional(),
  metadata: metadata.optional(),
  etcd: etcd.prefault({}).describe("etcd, in which Kubernetes keeps everything. Backups go to the state store every 15 minutes."),
  sshPublicKey: z
    .string()
    .regex(/^(ssh-(rsa|ed25519)|ecdsa-sha2-\S+) [A-Za-z0-9+/=]+( .*)?$/, { error: "must be one line in authorized_keys form, such as ssh-ed25519 AAAA… name" })
    .optional()
    .describe("SSH key of all instances, in authorized_keys form. No port is opened for it. Changing it replaces all nodes. Default: none."),
  tags: z.record(z.string().min(1), z.string()).optional().describe("AWS tags of everything kOps makes. Changing them replaces all nodes. Default: those of the environment."),
  rollingUpdate: strict(rollingUpdateOptions.shape).optional().describe("How nodes are replaced. How many at once, and whether they are drained, is part of the kOps spec: rollingUpdate under kops.cluster or a group of kops.instanceGroups."),
  validation: strict(validationOptions.shape).optional().describe("How the cluster is validated after a change."),
  budget: kopsClusterInputs.shape.budget,
  timeouts: strict(timeoutOptions.shape).optional().describe("How long an operation may take, and how long it waits for another."),
  secrets: secrets.optional().describe("Secrets that kOps keeps for the cluster: each the name of a value under `pilot:clusterSecrets` of the stack's config."),
  deletionProtection: kopsClusterInputs.shape.deletionProtection,
  deletion: strict(deletionOptions.shape).optional().describe("What is kept of a deleted cluster."),
  profile: kopsClusterInputs.shape.profile,
  assumeRole: strict(assumeRoleOptions.shape).optional().describe("IAM role that kOps and the provider work with, renewed while an operation lasts. Default: none."),
  adopt: kopsClusterInputs.shape.adopt,
  owner: kopsClusterInputs.shape.owner.optional().describe("Who manages the cluster. Default: organisation/project/stack of this stack; another one is needed only after the stack was renamed."),
  allow: kopsClusterInputs.shape.allow,
  allowDowngrade: kopsClusterInputs.shape.allowDowngrade,
  kops: strict({
    cluster: freeForm.optional().describe("Merged into the kOps ClusterSpec (v1alpha2)."),
    instanceGroups: z.record(z.string(), freeForm).optional().describe("Merged into the kOps InstanceGroupSpecs by name; a new name is a new group."),
  })
    .optional()
    .describe("Everything else kOps can do, merged last: mappings key by key, lists and values replace, null removes."),
});

/** What a team asks for: one file in `clusters/<stack>/`. */
export type ClusterRequest = z.output<typeof clusterRequest>;
export type NodeGroup = ClusterRequest["nodeGroups"][string];

/** The secrets a request names, and where. */
function secretsNamedIn({ secrets: { certificateAuthority, ...others } = {} }: ClusterRequest): { path: PropertyKey[]; name: string }[] {
  const under = (path: PropertyKey[], names: Readonly<Record<string, string | undefined>>) =>
    Object.entries(names).flatMap(([key, name]) => (name === undefined ? [] : [{ path: [...path, key], name }]));
  return [...under(["secrets"], others), ...under(["secrets", "certificateAuthority"], { ...certificateAuthority })];
}

/** What of a request only makes sense, or not, in a certain environment. */
export function checkRequest(request: ClusterRequest, environment: { zones: readonly string[]; fullName: string; secrets: readonly string[] }): Issue[] {
  const problems: Issue[] = [];
  const inZones = (zones: readonly string[] | undefined, path: PropertyKey[]) => {
    for (const [index, zone] of (zones ?? []).entries()) {
      if (environment.zones.includes(zone)) continue;
      const meant = nearest(zone, environment.zones);
      problems.push({
        path: [...path, index],
        message: `${zone} is not a zone of the network${meant === undefined ? "" : `, did you mean ${meant}?`} (it has ${environment.zones.join(", ")})`,
      });
    }
  };
  for (const { path, name } of secretsNamedIn(request)) {
    if (environment.secrets.includes(name)) continue;
    const meant = nearest(name, environment.secrets);
    problems.push({
      path,
      message: `${name} is no secret of the stack${meant === undefined ? "" : `, did you mean ${meant}?`} (set it with: pulumi config set --secret --path pilot:clusterSecrets.${name})`,
    });
  }
  inZones(request.controlPlane.zones, ["controlPlane", "zones"]);
  for (const [name, group] of Object.entries(request.nodeGroups)) {
    inZones(group.zones, ["nodeGroups", name, "zones"]);
    if (name.startsWith("control-plane-")) {
      problems.push({ path: ["nodeGroups", name], message: "names that begin with control-plane- are those of the control plane" });
    }
  }
  if (environment.fullName.length > longestClusterName) {
    problems.push({
      path: ["name"],
      message: `${environment.fullName} has ${environment.fullName.length} characters, more than ${longestClusterName}: IAM role names made of it would be too long for AWS`,
    });
  }
  const [kopsMinor, kubernetesMinor] = [request.kopsVersion, request.kubernetesVersion].map((version) => Number(version.split(".")[1]));
  if (kopsMinor !== undefined && kubernetesMinor !== undefined && kubernetesMinor > kopsMinor) {
    problems.push({
      path: ["kubernetesVersion"],
      message: `${request.kubernetesVersion} is newer than kOps ${request.kopsVersion} knows: at most 1.${kopsMinor}`,
    });
  }
  return problems;
}
