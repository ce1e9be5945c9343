import { milliseconds } from "../model/durations.ts";
import type { KopsClusterInputs, RollingUpdateOptions } from "../model/inputs.ts";
import type { Role } from "../model/instance-groups.ts";

/*
 * Every argument list given to kOps: an upgrade of kOps is read here, and in `output/`, which reads what it prints.
 */

type Update = Pick<KopsClusterInputs, "name" | "allowDowngrade">;
type Roll = Pick<KopsClusterInputs, "name" | "instanceGroups" | "rollingUpdate">;

const kops = (words: string, ...more: string[]): string[] => [...words.split(" "), ...more];

export const showVersion = (): string[] => kops("version --short");

/** Flags of every command that works on a store; `server` is the address of the Kubernetes API, where it needs one. */
export const globalFlags = (store: string, server: string | undefined): string[] =>
  kops("--state", store, ...(server === undefined ? [] : ["--api-server", serverForKops(server)]));

/**
 * An address of the API as kOps takes it. kOps appends `:8443` to `--api-server` when the network load balancer of the
 * API has a certificate (BuildKubecfg in pkg/kubeconfig/create_kubecfg.go), even after a port. The client in kOps
 * ignores what follows a `#` (DefaultServerURL in client-go's rest), so the address ends with one.
 */
export const serverForKops = (server: string): string => `${server.replace(/[/#]+$/, "")}/#`;

/** Writes objects to the store, new or not (`--force`). */
export const replace = (file: string): string[] => kops("replace --force -f", file);

/** A dry run: changes nothing. */
export const planUpdate = (inputs: Update): string[] =>
  kops("update cluster --name", inputs.name, ...updateFlags(inputs));

/** Applies what `scope` says: {@link prune}, {@link groupFlags} or {@link rolesFlag}; by default all groups. */
export const updateCluster = (inputs: Update, scope: readonly string[]): string[] =>
  kops("update cluster --name", inputs.name, "--yes", ...updateFlags(inputs), ...scope);

export const prune = "--prune";

/**
 * Flags of every `kops update cluster`, dry or not. kOps rewrites the user's kubeconfig unless told not to, and stops
 * when a newer version was the last to write to the store (ApplyClusterCmd.Run), also in a dry run. `--vmodule` makes
 * it log whether it looked for stale rules of security groups (`overlooksRules`), and whether it could see what the
 * control plane runs (`noVersionGuard`).
 */
export function updateFlags(inputs: Pick<KopsClusterInputs, "allowDowngrade">): string[] {
  return [
    "--create-kube-config=false",
    "--vmodule=securitygroup=4,update_cluster=2",
    ...(inputs.allowDowngrade === true ? ["--allow-kops-downgrade"] : []),
  ];
}

export const groupFlags = (groups: readonly string[]): string[] => groups.map((group) => `--instance-group=${group}`);

const roleNames: Record<Role, string> = {
  ControlPlane: "control-plane",
  APIServer: "apiserver",
  Node: "node",
  Bastion: "bastion",
};

export const rolesFlag = (roles: readonly Role[]): string =>
  `--instance-group-roles=${roles.map((role) => roleNames[role]).join(",")}`;

/** Lists how many nodes of each group a roll would replace; replaces none. */
export const planRoll = (name: string, roles: readonly Role[], cloudOnly: boolean): string[] =>
  kops("rolling-update cluster --name", name, rolesFlag(roles), ...(cloudOnly ? ["--cloudonly"] : []));

export function rollingUpdate(inputs: Roll, group: string): string[] {
  const options = inputs.rollingUpdate ?? {};
  const flags = [
    ...groupFlags([group]),
    ...adminFlags(inputs.instanceGroups[group] ?? {}, options),
    ...rollFlags(options),
  ];
  return kops("rolling-update cluster --name", inputs.name, "--yes", ...flags);
}

/** The options that are set; kOps has its own defaults for the others. */
export function rollFlags(options: RollingUpdateOptions): string[] {
  const flags: [string, string | number | boolean | undefined][] = [
    ["--control-plane-interval", options.controlPlaneInterval],
    ["--node-interval", options.nodeInterval],
    ["--bastion-interval", options.bastionInterval],
    ["--drain-timeout", options.drainTimeout],
    ["--post-drain-delay", options.postDrainDelay],
    ["--validation-timeout", options.validationTimeout],
    ["--validate-count", options.validateCount],
    ["--fail-on-drain-error", options.failOnDrainError],
    ["--fail-on-validate-error", options.failOnValidate],
    ["--cloudonly", options.cloudOnly],
    ["--force", options.force],
  ];
  return flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`]));
}

/**
 * How long the admin certificate of a group's roll lasts: as long as the longest possible roll of this group, in whole
 * hours. Every node may take all the time that its drain and validation may take. kOps makes the certificate once, in
 * memory, by default for 18 hours: it would be too long for most groups, and too short for a very large one, which the
 * API server would reject half-way. A group whose size is not in its manifest, as one of Karpenter, gets the default.
 */
export function adminFlags({ maxSize, minSize }: Record<string, unknown>, options: RollingUpdateOptions): string[] {
  const sizes = [maxSize, minSize].filter((size) => typeof size === "number");
  if (sizes.length === 0) return [];
  const {
    drainTimeout = "15m",
    postDrainDelay = "5s",
    validationTimeout = "15m",
    controlPlaneInterval = "15s",
    nodeInterval = "15s",
    bastionInterval = "15s",
  } = options;
  const interval = Math.max(...[controlPlaneInterval, nodeInterval, bastionInterval].map(milliseconds));
  // With surge a node is validated twice: when it is detached and when it is replaced.
  const perNode =
    milliseconds(drainTimeout) + milliseconds(postDrainDelay) + 2 * milliseconds(validationTimeout) + interval;
  const longest = Math.max(1, ...sizes) * perNode + milliseconds(validationTimeout);
  return [`--admin=${Math.ceil(longest / 3_600_000)}h`];
}

export const getInstances = (name: string): string[] => kops("get instances --name", name, "-o", "json");

/** Without `--wait`: with it kOps prints one document per attempt, unseparated. */
export const validateCluster = (name: string): string[] => kops("validate cluster --name", name, "-o", "json");

/** With `admin`, such as `10m`, the kubeconfig has an admin certificate that lasts so long. */
export const exportKubeconfig = (name: string, file: string, admin?: string): string[] =>
  kops("export kubeconfig --name", name, ...(admin === undefined ? [] : [`--admin=${admin}`]), "--kubeconfig", file);

/** Prints an ExecCredential with an admin certificate of an hour. */
export const showLogin = (name: string, store: string): string[] =>
  kops("helpers kubectl-auth", `--cluster=${name}`, `--state=${store}`, "--api-version=v1beta1");

export const createCertificateAuthority = (name: string, { cert, key }: { cert: string; key: string }): string[] =>
  kops("create keypair kubernetes-ca --name", name, "--cert", cert, "--key", key, "--primary");

export const createSecret = (name: string, secret: string, file: string): string[] =>
  kops("create secret", secret, "--name", name, "-f", file, "--force");

export const deleteSecret = (name: string, secret: string): string[] => kops("delete secret", secret, "--name", name);

export const deleteInstanceGroup = (name: string, group: string): string[] =>
  kops("delete instancegroup", group, "--name", name, "--yes");

/** Lists what a deletion would delete; deletes nothing. */
export const planDeletion = (name: string): string[] => kops("delete cluster --name", name);

/** Without kOps's own time limit, which ignores progress (kubernetes/kops#16231). */
export const deleteCluster = (name: string): string[] => kops("delete cluster --name", name, "--yes", "--wait", "0s");
