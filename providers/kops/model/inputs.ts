import { z } from "zod";
import { awsSettings } from "./aws-settings.ts";
import { isDuration, milliseconds } from "./durations.ts";
import { maintenanceWindow } from "./maintenance-windows.ts";
import { regionName } from "./regions.ts";
import { sshKeyId } from "./ssh-keys.ts";
import { certificateAuthorityProblem, dockerConfigProblem, mappingProblem } from "./secrets.ts";

const duration = z.string().refine(isDuration, { error: "must be a duration such as 15s, 1m30s or 2h" });

/**
 * A kOps ClusterSpec (`spec` of `kind: Cluster`, kops.k8s.io/v1alpha2), with any field of kOps. The plan refuses a
 * field that kOps does not know.
 */
export type ClusterSpec = Record<string, unknown>;

/**
 * A kOps InstanceGroupSpec (`spec` of `kind: InstanceGroup`), with any field of kOps. The plan refuses a field that
 * kOps does not know.
 */
export type InstanceGroupSpec = Record<string, unknown>;

const roles = z.array(z.enum(["ControlPlane", "APIServer", "Node", "Bastion"])).min(1);
const groupNames = z.array(z.string()).min(1);

// The kOps spec says how many nodes roll at once and whether they are drained: `rollingUpdate` (maxSurge,
// maxUnavailable, drainAndTerminate) of the ClusterSpec and of each InstanceGroupSpec.
export const rollingUpdateOptions = z.strictObject({
  strategy: z
    .enum(["automatic", "manual"])
    .optional()
    .describe(
      "`automatic` rolls as part of the update; `manual` applies and reports the nodes that wait (default: automatic)",
    ),
  controlPlaneInterval: duration.optional().describe("wait between two control-plane nodes (default: kOps's own, 15s)"),
  nodeInterval: duration.optional().describe("wait between two worker nodes (default: kOps's own, 15s)"),
  bastionInterval: duration.optional().describe("wait between two bastions (default: kOps's own, 15s)"),
  drainTimeout: duration
    .optional()
    .describe("how long a node may take to drain before the roll fails (default: kOps's own, 15m)"),
  postDrainDelay: duration
    .optional()
    .describe("wait after a drain before the instance is terminated (default: kOps's own, 5s)"),
  validationTimeout: duration
    .optional()
    .describe("how long the cluster may take to validate after each node (default: kOps's own, 15m)"),
  validateCount: z
    .int()
    .min(0)
    .optional()
    .describe("validations in a row that must pass after each node (default: kOps's own, 2)"),
  includeGroups: groupNames
    .optional()
    .describe("roll only these instance groups; the others wait and are reported (default: all)"),
  excludeGroups: groupNames
    .optional()
    .describe("do not roll these instance groups; they wait and are reported (default: none)"),
  includeRoles: roles
    .optional()
    .describe("roll only groups of these roles; the others wait and are reported (default: all)"),
  excludeRoles: roles
    .optional()
    .describe("do not roll groups of these roles; they wait and are reported (default: none)"),
  failOnDrainError: z
    .boolean()
    .optional()
    .describe(
      "whether a node that cannot be drained fails the roll; with false it is replaced anyway (default: kOps's own, " +
        "true)",
    ),
  failOnValidate: z
    .boolean()
    .optional()
    .describe(
      "whether a cluster that does not validate fails the roll; with false the next node is replaced anyway " +
        "(default: kOps's own, true)",
    ),
  cloudOnly: z
    .boolean()
    .optional()
    .describe(
      "replace nodes without the Kubernetes API: no drain and no validation in between, so with downtime; the " +
        "validation at the end still uses it (default: false)",
    ),
  force: z
    .boolean()
    .optional()
    .describe(
      "replace the nodes of all chosen groups, even those that are up to date, in every `up` with a change: remove " +
        "it afterwards (default: false)",
    ),
  maintenanceWindows: z
    .array(maintenanceWindow)
    .min(1)
    .optional()
    .describe(
      "a roll begins only in one of these; outside, a change is applied, the nodes wait, and the next `up` in a " +
        "window rolls them (default: at any time)",
    ),
});

export const validationOptions = z.strictObject({
  interval: duration.optional().describe("time between two validations (default: 10s)"),
  timeout: duration
    .optional()
    .describe("how long the cluster may take to become valid at the end of create and update (default: 20m)"),
  count: z.int().min(1).optional().describe("validations in a row that must pass (default: 1)"),
});

const timeoutOptions = z.strictObject({
  create: duration
    .optional()
    .describe(
      "how long a create may take in total; then it stops and fails, and the next `up` continues it (default: no " +
        "limit)",
    ),
  update: duration
    .optional()
    .describe(
      "how long an update may take in total; then it stops, even in the middle of a group, and fails, and the next " +
        "`up` continues it (default: no limit)",
    ),
  delete: duration
    .optional()
    .describe(
      "how long a delete may take in total; then it stops and fails, and the next `destroy` continues it " +
        "(default: no limit)",
    ),
  lock: duration
    .optional()
    .describe("how long a run waits for another run that holds the cluster before it fails (default: 15m)"),
});

const deletionOptions = z.strictObject({
  retain: duration
    .optional()
    .describe(
      "how long manifests, keys and etcd backups of a deleted cluster are kept in the state store's archive; 0s " +
        "keeps none (default: 720h)",
    ),
  workloadResources: z
    .enum(["delete", "stop"])
    .optional()
    .describe(
      "what a deletion does with load balancers, volumes and snapshots that workloads made: `delete` deletes " +
        "them, volumes with their data; `stop` names them and deletes nothing (default: delete in a sandbox, else " +
        "stop)",
    ),
  noProgress: duration
    .optional()
    .describe(
      "how long a deletion may delete no further resource before it stops and fails; the next `destroy` continues " +
        "it (default: 15m)",
    ),
});

/** A check that says why a value is invalid, without repeating any of it. */
const withoutProblem =
  <T>(problemOf: (value: T) => string | undefined) =>
  ({ value, issues }: { value: T; issues: z.core.$ZodRawIssue[] }): void => {
    const message = problemOf(value);
    if (message !== undefined) issues.push({ code: "custom", message, input: undefined });
  };

const pem = (kind: RegExp, example: string) => z.string().regex(kind, { error: `must be PEM: ${example}` });

const secretOptions = z.strictObject({
  dockerConfig: z
    .string()
    .check(withoutProblem(dockerConfigProblem))
    .optional()
    .describe("content of a docker config.json, for nodes to pull images with (`kops create secret dockerconfig`)"),
  encryptionConfig: z
    .string()
    .check(withoutProblem(mappingProblem))
    .optional()
    .describe(
      "a Kubernetes EncryptionConfiguration, YAML; needs `encryptionConfig: true` in the ClusterSpec (`kops " +
        "create secret encryptionconfig`)",
    ),
  ciliumPassword: z
    .string()
    .check(withoutProblem(mappingProblem))
    .optional()
    .describe(
      "the keys of Cilium's IPsec encryption, YAML: `keys: 3 rfc4106(gcm(aes)) <hex> 128` (`kops create secret " +
        "ciliumpassword`)",
    ),
  certificateAuthority: z
    .strictObject({
      certificate: pem(/^-----BEGIN CERTIFICATE-----/, "-----BEGIN CERTIFICATE-----"),
      privateKey: pem(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/, "-----BEGIN … PRIVATE KEY-----"),
    })
    .check(withoutProblem(certificateAuthorityProblem))
    .optional()
    .describe(
      "the cluster's certificate authority, `kubernetes-ca`, with the key usages Certificate Sign and CRL Sign; used " +
        "only at creation, kOps rotates it later (default: kOps makes one)",
    ),
});

export const assumeRoleOptions = z.strictObject({
  roleArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, { error: "must be the ARN of an IAM role" })
    .describe("ARN of the role"),
  externalId: z.string().optional().describe("external id that the role's trust policy asks for (default: none)"),
  sessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, { error: "must be 2 to 64 letters, digits or +=,.@-_" })
    .optional()
    .describe("name of the session in CloudTrail (default: pilot)"),
  duration: duration
    .refine((text) => !isDuration(text) || (milliseconds(text) >= 900_000 && milliseconds(text) <= 43_200_000), {
      error: "must be from 15m to 12h, the limits of AWS",
    })
    .optional()
    .describe(
      "lifetime of one session, 15m to 12h, renewed while the operation lasts; AWS allows chained roles 1h " +
        "(default: 1h)",
    ),
});

/** Refusals that the input `allow` can allow. Each is named after the kOps field it guards. */
export const refusalNames = [
  "certificateAuthority",
  "cloudProvider",
  "configBase",
  "controlPlaneGroups",
  "etcdClusters",
  "etcdEncryption",
  "image",
  "kubernetesVersion",
  "loadBalancer",
  "networkCIDR",
  "networkID",
  "networking",
  "nonMasqueradeCIDR",
  "podCIDR",
  "ranges",
  "role",
  "serviceAccountIssuer",
  "serviceClusterIPRange",
  "subnets",
  "topology",
  "unknownFields",
] as const;

export type RefusalName = (typeof refusalNames)[number];

const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const groupSpec = z.record(z.string(), z.unknown());
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

export const kopsClusterInputs = z.strictObject({
  name: z
    .string()
    .regex(objectName, { error: "must be a DNS name in lower case" })
    .refine((name) => name.includes("."), {
      error: "must be a full DNS name with at least one dot, such as k1.sbx.example.com",
    })
    .describe("full DNS name of the cluster, kOps's metadata.name; can never change"),
  stateStore: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/, { error: "must be s3://bucket or s3://bucket/prefix" })
    .describe("the kOps state store; changes only after the cluster was moved to another (npx pilot move-store)"),
  kopsVersion: z
    .string()
    .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/, {
      error: "must be an exact version such as 1.35.0, without a leading v",
    })
    .describe("exact version of kOps; another version changes the user data of nodes, so all nodes roll"),
  cluster: z.record(z.string(), z.unknown()).describe("the kOps ClusterSpec"),
  instanceGroups: z
    .record(z.string().regex(objectName, { error: "must be a DNS label in lower case" }), groupSpec)
    .describe("the kOps InstanceGroupSpecs by name; a group that you remove is drained and deleted"),
  sshPublicKeys: z
    .array(
      z.string().refine((key) => sshKeyId(key) !== undefined, {
        error: "must be an SSH key in authorized_keys form, such as ssh-ed25519 AAAA… name; EC2 takes RSA and ED25519",
      }),
    )
    .max(1, { error: "kOps takes one SSH key on AWS" })
    .optional()
    .describe(
      "SSH key of all instances; another key rolls all nodes; without one, nodes keep the key they have until they " +
        "are replaced for another reason",
    ),
  additionalObjects: z
    .array(
      groupSpec.refine(({ apiVersion, kind }) => isText(apiVersion) && isText(kind), {
        error: "must be an object with apiVersion and kind",
      }),
    )
    .optional()
    .describe(
      "objects of other kinds that kOps keeps with the cluster, such as a KubeSchedulerConfiguration; kOps applies " +
        "them to the cluster, or configures its nodes by them (default: those that the cluster has stay; those that " +
        "this program wrote are removed)",
    ),
  rollingUpdate: rollingUpdateOptions.optional(),
  validation: validationOptions.optional(),
  timeouts: timeoutOptions.optional(),
  secrets: secretOptions
    .optional()
    .describe("secrets that kOps keeps beside the manifests; also secret in Pulumi's state"),
  deletionProtection: z
    .boolean()
    .optional()
    .describe(
      "refuse to delete the cluster, in the preview too, until a separate `up` has set this to false (default: " +
        "false)",
    ),
  deletion: deletionOptions.optional(),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe("profile of the AWS configuration that kOps and the provider use (default: AWS's own order)"),
  assumeRole: assumeRoleOptions
    .optional()
    .describe("IAM role that kOps and the provider use, renewed while the operation lasts (default: none)"),
  aws: awsSettings
    .optional()
    .describe("further settings of AWS clients, from the stack's `aws:*` config (default: none)"),
  budget: duration
    .optional()
    .describe(
      "how long one run may take before it stops between two steps, two instance groups, or two worker nodes that " +
        "are replaced one at a time; it fails and says what waits, and the next `up` continues; each run replaces at " +
        "least one node (default: no limit)",
    ),
  owner: z
    .string()
    .min(1)
    .describe("who manages this cluster, as organisation/project/stack; another owner needs `adopt`"),
  adopt: z.boolean().optional().describe("adopt an existing cluster that has no owner or another one (default: false)"),
  allow: z
    .array(
      z.union([z.enum(refusalNames), z.templateLiteral(["image:", z.string().regex(objectName)])], {
        error: ({ input }) =>
          `${JSON.stringify(input)} is not a refusal that can be allowed; known are ${refusalNames.join(", ")}, and ` +
          "image:GROUP for one instance group",
      }),
    )
    .optional()
    .describe(
      "refused changes to allow, by name, such as `networking`: for one change, after you have followed its guide " +
        "(default: none). `image` gives groups without an image of their own the current one, and rolls them; " +
        "`image:GROUP` does it for one group",
    ),
  allowDowngrade: z
    .boolean()
    .optional()
    .describe("allow an older kOps on a cluster that a newer one wrote (default: false)"),
  featureFlags: z
    .array(
      z.string().regex(/^[+-]?[A-Za-z][A-Za-z0-9]*$/, {
        error: "must be the name of a feature of kOps, such as APIServerNodes, with - before it to turn it off",
      }),
    )
    .optional()
    .describe(
      "experimental features of kOps, by name, such as `APIServerNodes`; they can change what kOps makes, and then " +
        "nodes roll as for any change (default: KOPS_FEATURE_FLAGS of the shell)",
    ),
  region: z
    .string()
    .regex(regionName, { error: "must be an AWS region such as ap-southeast-2" })
    .describe("AWS region of the cluster"),
});

/** How the nodes of changed instance groups are replaced. Defaults are those of `kops rolling-update cluster`. */
export type RollingUpdateOptions = z.infer<typeof rollingUpdateOptions>;

/** How the cluster is validated at the end of create and update. */
export type ValidationOptions = z.infer<typeof validationOptions>;

/** Inputs of the KopsCluster resource as plain values. */
export type KopsClusterInputs = z.infer<typeof kopsClusterInputs>;
