import { z } from "zod";
import { kopsClusterInputs, type KopsClusterInputs } from "../../../providers/kops/model/inputs.ts";
import { distance, kubernetesOf, minorOf, minorText, supportedText } from "../../../providers/kops/model/versions.ts";
import { nearest, strict, type Issue } from "../../config/problems.ts";
import type { PlainObject } from "../../config/merge.ts";

export const exactVersion = (example: string) =>
  z.string().regex(/^\d+\.\d+\.\d+$/, { error: `must be an exact version in three numbers, such as ${example}` });

const secretName = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/, { error: "must be the name of a secret under pilot:clusterSecrets of the stack" });

// Many people read a cluster file: it names secrets, and the stack's config holds their values, encrypted.
const secrets = strict({
  dockerConfig: secretName
    .optional()
    .describe(
      "Docker config.json that nodes pull images with. Running nodes keep the old one until they are replaced.",
    ),
  encryptionConfig: secretName
    .optional()
    .describe(
      "Kubernetes EncryptionConfiguration, YAML: how the API server encrypts what it writes to etcd. Older data " +
        "stays " +
        "as it is until it is written again. Changing it replaces the control-plane nodes. Default: none, only the " +
        "volumes are encrypted.",
    ),
  ciliumPassword: secretName.optional().describe("Keys of Cilium's IPsec encryption, YAML."),
  certificateAuthority: strict({
    certificate: secretName.describe("PEM."),
    privateKey: secretName.describe("PEM, unencrypted."),
  })
    .optional()
    .describe(
      "Certificate authority of the cluster, used only when it is created; rotate it later as kOps's guide shows. " +
        "Default: kOps makes one.",
    ),
});

const freeForm = z.record(z.string(), z.unknown());

const { shape } = kopsClusterInputs;

/** A mapping of the provider's inputs; an unknown key is refused with the nearest known one. */
const options = <Shape extends z.core.$ZodShape>(given: z.ZodOptional<z.ZodObject<Shape>>, description: string) =>
  strict(given.unwrap().shape).optional().describe(description);

/** Inputs of the provider that a file gives as they are: their schemas and consequences are the provider's. */
const inputs = {
  rollingUpdate: options(
    shape.rollingUpdate,
    "How nodes are replaced. How many at once, and whether they are drained, is part of the kOps spec: " +
      "rollingUpdate under kops.cluster or a group of kops.instanceGroups.",
  ),
  validation: options(shape.validation, "How the cluster is validated after a change."),
  budget: shape.budget,
  timeouts: options(shape.timeouts, "How long an operation may take, and how long it waits for another operation."),
  deletionProtection: shape.deletionProtection,
  deletion: options(shape.deletion, "What a deletion of the cluster keeps, and what it deletes."),
  profile: shape.profile,
  assumeRole: options(
    shape.assumeRole,
    "IAM role of kOps and the provider, renewed while an operation lasts. Default: none.",
  ),
  adopt: shape.adopt,
  owner: shape.owner
    .optional()
    .describe(
      "Who manages the cluster. Default: organisation/project/stack of this stack; you need another one only after " +
        "the stack was renamed.",
    ),
  allow: shape.allow,
  allowDowngrade: shape.allowDowngrade,
  featureFlags: shape.featureFlags,
};

/** How Pilot works on a cluster, whoever wrote its manifests. */
export const operation = {
  kopsVersion: exactVersion("1.35.0").describe("Exact version of kOps. Changing it replaces all nodes."),
  ...inputs,
  secrets: secrets
    .optional()
    .describe(
      "Secrets that kOps keeps for the cluster: each the name of a value under `pilot:clusterSecrets` of the " +
        "stack's config.",
    ),
  kops: strict({
    cluster: freeForm.optional().describe("Merged into the kOps ClusterSpec (v1alpha2)."),
    instanceGroups: z
      .record(z.string(), freeForm)
      .optional()
      .describe("Merged into the kOps InstanceGroupSpecs by name; a new name is a new group."),
    additionalObjects: z
      .array(freeForm)
      .optional()
      .describe(
        "Objects of other kinds that kOps keeps with the cluster: a KubeSchedulerConfiguration, and objects that it " +
          "applies to the cluster. An empty list removes all. Default: those of the manifest; without any, those " +
          "that the cluster has stay.",
      ),
  })
    .optional()
    .describe(
      "Everything else that kOps can do, merged last: mappings are merged key by key, lists and values replace, " +
        "null removes.",
    ),
};

export type OperationRequest = z.output<z.ZodObject<typeof operation>>;

type GivenInputs = { [Key in keyof typeof inputs]?: NonNullable<KopsClusterInputs[Key]> };

/** The provider's inputs that a request gives. */
export const inputsOf = (request: OperationRequest): GivenInputs =>
  Object.fromEntries(Object.entries(request).filter(([key, value]) => key in inputs && value !== undefined));

/** The API server reads the secret only if the spec says so (`encryptionConfig` in pkg/apis/kops). */
export const composeSecrets = ({ secrets: named }: Pick<OperationRequest, "secrets">): PlainObject =>
  named?.encryptionConfig === undefined ? {} : { encryptionConfig: true };

/** The secrets that a request names, each with its path. */
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
          `${name} is not a secret of the stack${meant === undefined ? "" : `, did you mean ${meant}?`} (set it ` +
          `with: pulumi config set --secret --path pilot:clusterSecrets.${name})`,
      };
    });
}

/** Why a version of kOps cannot run a version of Kubernetes; undefined when it can, as far as this program knows. */
export function versionProblem({
  kopsVersion,
  kubernetesVersion,
  allow = [],
}: Pick<OperationRequest, "kopsVersion" | "allow"> & { kubernetesVersion: string }): string | undefined {
  const [kops, kubernetes] = [minorOf(kopsVersion), minorOf(kubernetesVersion)];
  // The provider's rule of the same name can be allowed, too.
  if (!kops || !kubernetes || allow.includes("kubernetesVersion")) return undefined;
  const supported = kubernetesOf(kopsVersion);
  const range = supported ? `it supports ${supportedText(supported)}` : `at most ${minorText(kops)}`;
  if (distance(kops, kubernetes) > 0) return `${kubernetesVersion} is newer than kOps ${kopsVersion} knows: ${range}`;
  return supported && distance(supported.oldest, kubernetes) < 0
    ? `${kubernetesVersion} is too old for kOps ${kopsVersion}: ${range}`
    : undefined;
}
