import { z } from "zod";
import {
  assumeRoleOptions,
  deletionOptions,
  kopsClusterInputs,
  rollingUpdateOptions,
  timeoutOptions,
  validationOptions,
} from "../../../providers/kops/model/inputs.ts";
import { nearest, strict, type Issue } from "../../config/problems.ts";

export const exactVersion = (example: string) =>
  z.string().regex(/^\d+\.\d+\.\d+$/, { error: `must be an exact version in three numbers, such as ${example}` });

const secretName = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/, { error: "must be the name of a secret under pilot:clusterSecrets of the stack" });

// A cluster file is read by many: it names secrets, whose values lie encrypted in the stack's config.
const secrets = strict({
  dockerConfig: secretName
    .optional()
    .describe(
      "Docker config.json that nodes pull images with. Nodes that run keep the old one until they are replaced.",
    ),
  encryptionConfig: secretName
    .optional()
    .describe(
      "Kubernetes EncryptionConfiguration, YAML, by which the API server encrypts what it writes to etcd. What " +
        "was written before stays as it is until it is written again. Changing it replaces the control-plane nodes. " +
        "Default: none, only the volumes are encrypted.",
    ),
  ciliumPassword: secretName.optional().describe("Keys of Cilium's IPsec encryption, YAML."),
  certificateAuthority: strict({
    certificate: secretName.describe("PEM."),
    privateKey: secretName.describe("PEM, unencrypted."),
  })
    .optional()
    .describe(
      "Certificate authority of the cluster, taken when it is made; rotated later as kOps's guide shows. Default: " +
        "kOps makes one.",
    ),
});

const freeForm = z.record(z.string(), z.unknown());

/** How a cluster is worked on, whoever wrote its manifests. */
export const operation = {
  kopsVersion: exactVersion("1.35.0").describe("Exact version of kOps. Changing it replaces all nodes."),
  rollingUpdate: strict(rollingUpdateOptions.shape)
    .optional()
    .describe(
      "How nodes are replaced. How many at once, and whether they are drained, is part of the kOps spec: " +
        "rollingUpdate under kops.cluster or a group of kops.instanceGroups.",
    ),
  validation: strict(validationOptions.shape).optional().describe("How the cluster is validated after a change."),
  budget: kopsClusterInputs.shape.budget,
  timeouts: strict(timeoutOptions.shape)
    .optional()
    .describe("How long an operation may take, and how long it waits for another."),
  secrets: secrets
    .optional()
    .describe(
      "Secrets that kOps keeps for the cluster: each the name of a value under `pilot:clusterSecrets` of the " +
        "stack's config.",
    ),
  deletionProtection: kopsClusterInputs.shape.deletionProtection,
  deletion: strict(deletionOptions.shape)
    .optional()
    .describe("What a deletion of the cluster keeps, and what it deletes."),
  profile: kopsClusterInputs.shape.profile,
  assumeRole: strict(assumeRoleOptions.shape)
    .optional()
    .describe("IAM role that kOps and the provider work with, renewed while an operation lasts. Default: none."),
  adopt: kopsClusterInputs.shape.adopt,
  owner: kopsClusterInputs.shape.owner
    .optional()
    .describe(
      "Who manages the cluster. Default: organisation/project/stack of this stack; another one is needed only " +
        "after the stack was renamed.",
    ),
  allow: kopsClusterInputs.shape.allow,
  allowDowngrade: kopsClusterInputs.shape.allowDowngrade,
  featureFlags: kopsClusterInputs.shape.featureFlags,
  kops: strict({
    cluster: freeForm.optional().describe("Merged into the kOps ClusterSpec (v1alpha2)."),
    instanceGroups: z
      .record(z.string(), freeForm)
      .optional()
      .describe("Merged into the kOps InstanceGroupSpecs by name; a new name is a new group."),
  })
    .optional()
    .describe("Everything else kOps can do, merged last: mappings key by key, lists and values replace, null removes."),
};

export type OperationRequest = z.output<z.ZodObject<typeof operation>>;

/** The secrets a request names, and where. */
function secretsNamedIn({
  secrets: { certificateAuthority, ...others } = {},
}: Pick<OperationRequest, "secrets">): { path: PropertyKey[]; name: string }[] {
  const under = (path: PropertyKey[], names: Readonly<Record<string, string | undefined>>) =>
    Object.entries(names).flatMap(([key, name]) => (name === undefined ? [] : [{ path: [...path, key], name }]));
  return [...under(["secrets"], others), ...under(["secrets", "certificateAuthority"], { ...certificateAuthority })];
}

/** Secrets that a request names and the stack does not have. */
export function secretProblems(request: Pick<OperationRequest, "secrets">, known: readonly string[]): Issue[] {
  return secretsNamedIn(request)
    .filter(({ name }) => !known.includes(name))
    .map(({ path, name }) => {
      const meant = nearest(name, known);
      return {
        path,
        message:
          `${name} is no secret of the stack${meant === undefined ? "" : `, did you mean ${meant}?`} (set it ` +
          `with: pulumi config set --secret --path pilot:clusterSecrets.${name})`,
      };
    });
}

/** Why a version of Kubernetes cannot be had with a version of kOps; nothing when it can. */
export function versionProblem(kopsVersion: string, kubernetesVersion: string): string | undefined {
  const [kopsMinor, kubernetesMinor] = [kopsVersion, kubernetesVersion].map((version) => Number(version.split(".")[1]));
  if (kopsMinor === undefined || kubernetesMinor === undefined || !(kubernetesMinor > kopsMinor)) return undefined;
  return `${kubernetesVersion} is newer than kOps ${kopsVersion} knows: at most 1.${kopsMinor}`;
}
