import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, KopsCluster, kopsClusterType } from "../../providers/kops/index.ts";
import type { CloudNames, KopsClusterArgs, KopsClusterInputs } from "../../providers/kops/index.ts";
import { makesSubnets } from "../../providers/kops/model/cloud-names.ts";
import type { LoginRequest } from "../../providers/kops/kops-cli/login.ts";
import type { Locate } from "../../providers/kops/model/hidden-inputs.ts";
import { clusterTagOf } from "../../providers/kops/model/tag-keys.ts";
import { identityFor, type StackIdentity } from "../aws/config.ts";
import type { DnsOutputs } from "../dns/index.ts";
import type { NetworkOutputs } from "../network/index.ts";
import { programPath } from "../config/program-path.ts";
import { anyIpv6 } from "../network/model/ipv6.ts";
import { clusterReferenceVersion } from "../reference/index.ts";
import type { ClusterReference } from "../reference/index.ts";
import type { StateStoreOutputs } from "../state-store/index.ts";
import { tagForeign } from "../tags/subnet-tags.ts";
import type { Tags } from "../tags/subnet-tags.ts";
import { composeCluster } from "./compose.ts";
import type { ComposedCluster } from "./compose.ts";
import type { ManifestRequest } from "./manifest/manifest-request.ts";
import { inputsOf } from "./request/operation.ts";
import type { ClusterRequest } from "./request/request.ts";
import { apiNameOf, issuerOf } from "./spec/addresses.ts";
import { authenticationOf } from "./spec/authentication.ts";
import type { Authentication } from "./spec/authentication.ts";
import type { EnvironmentZone } from "./spec/cluster-environment.ts";
import { kubeconfig, loadBalancerOf } from "./spec/kubeconfig.ts";
import type { ProgramLogin } from "./spec/kubeconfig.ts";
import { controlPlaneRole, discoveryUrl, nodeRole, oidcAudience, oidcProviderArn } from "./spec/names.ts";
import { networkOf, ownNetworkOf } from "./spec/placed-network.ts";

export interface KubernetesClusterArgs {
  request: ClusterRequest | ManifestRequest;
  region: string;
  /** AWS account of the cluster, twelve digits. */
  accountId: string;
  network: Omit<NetworkOutputs, "zones"> & { zones: readonly EnvironmentZone[] };
  dns: DnsOutputs;
  store: StateStoreOutputs;
  /** Where people wrote a property of the kOps spec, for messages. @default nowhere */
  locate?: Locate | undefined;
  /** Values of the secrets that requests name. @default none */
  secrets?: Readonly<Record<string, string>> | undefined;
  /** Deletion protection if the request gives none. @default false */
  deletionProtection?: boolean | undefined;
  /** What a deletion does with resources that workloads made, if the request does not say. @default stop */
  workloadResources?: "delete" | "stop" | undefined;
  /** AWS tags of everything kOps makes, if the request has none of its own. @default none */
  tags?: Tags | undefined;
  /** AWS tags of everything kOps makes, unless other tags have the same key. @default none */
  defaultTags?: Tags | undefined;
  /** Identity of the stack, for a request without its own. @default AWS's own order */
  identity?: StackIdentity | undefined;
  /**
   * What must be complete before kOps starts and outlive the cluster, beside what the cluster refers to: nodes need
   * routes and NAT gateways, kOps needs the buckets' settings. (`dependsOn` of a component does not reach its
   * children.)
   */
  requires?: pulumi.Resource[] | undefined;
}

/** A tag on a subnet of the environment. */
export interface PlannedTag {
  /** Name of its resource. */
  name: string;
  /** Id of the subnet. */
  id: pulumi.Input<string>;
  key: string;
  value: string;
}

/** {@link ClusterReference} with outputs for what is not known while the program runs. */
export interface ClusterOutputs {
  version: ClusterReference["version"];
  name: pulumi.Output<string>;
  region: string;
  accountId: string;
  endpoint: pulumi.Output<string>;
  certificateAuthority: pulumi.Output<string>;
  kubeconfig: pulumi.Output<string>;
  breakGlassKubeconfig: pulumi.Output<string>;
  kubernetesVersion: pulumi.Output<string>;
  oidc?: NonNullable<ClusterReference["oidc"]>;
  network: pulumi.Output<ClusterReference["network"]>;
  roles: ClusterReference["roles"];
  instanceProfiles: pulumi.Output<ClusterReference["instanceProfiles"]>;
  autoScalingGroups: pulumi.Output<ClusterReference["autoScalingGroups"]>;
  securityGroups: pulumi.Output<ClusterReference["securityGroups"]>;
  loadBalancer: pulumi.Output<ClusterReference["loadBalancer"]>;
  etcdVolumes: pulumi.Output<ClusterReference["etcdVolumes"]>;
  conditions: KopsCluster["conditions"];
}

/** The secrets of a request, with values in place of names. */
function secretsOf(
  { certificateAuthority, ...others }: NonNullable<ClusterRequest["secrets"]>,
  values: Readonly<Record<string, string>>,
): NonNullable<KopsClusterInputs["secrets"]> {
  const valueOf = (name: string): string => {
    const value = values[name];
    if (value === undefined)
      throw new ConfigError({
        what: `The secret ${name} cannot be given to a cluster`,
        why: "the stack has no secret of this name",
        next: `run \`pulumi config set --secret --path pilot:clusterSecrets.${name}\``,
      });
    return value;
  };
  return {
    ...Object.fromEntries(
      Object.entries(others).flatMap(([key, name]) => (name === undefined ? [] : [[key, valueOf(name)]])),
    ),
    ...(certificateAuthority && {
      certificateAuthority: {
        certificate: valueOf(certificateAuthority.certificate),
        privateKey: valueOf(certificateAuthority.privateKey),
      },
    }),
  };
}

const noNames: CloudNames = {
  instanceGroups: {},
  instanceProfiles: {},
  roles: {},
  securityGroups: {},
  etcdVolumes: {},
};

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/**
 * The store of a cluster, known once its bucket exists: otherwise the provider would look up a cluster that depends on
 * nothing else of a new environment in a bucket that is still being made.
 */
function storeWhenMade(
  stateStore: string,
  { stateStore: made, made: bucket }: StateStoreOutputs,
): pulumi.Input<string> {
  return bucket && (stateStore === made || stateStore.startsWith(`${made}/`))
    ? bucket.apply(() => stateStore)
    : stateStore;
}

/** Inputs of the cluster's resource. */
function kopsArgs(composed: ComposedCluster, { request, region, ...args }: KubernetesClusterArgs): KopsClusterArgs {
  const protection = request.deletionProtection ?? args.deletionProtection;
  // Must be in the inputs, and so in Pulumi's state: a destroy runs no program.
  const workloadResources = request.deletion?.workloadResources ?? args.workloadResources;
  const deletion = { ...request.deletion, ...(workloadResources && { workloadResources }) };
  return {
    name: composed.name,
    stateStore: storeWhenMade(composed.stateStore, args.store),
    region,
    kopsVersion: request.kopsVersion,
    cluster: composed.cluster,
    instanceGroups: composed.instanceGroups,
    ...(composed.sshPublicKeys.length > 0 && { sshPublicKeys: composed.sshPublicKeys }),
    ...(composed.additionalObjects && { additionalObjects: composed.additionalObjects }),
    ...inputsOf(request),
    ...identityFor(request, args.identity ?? {}),
    ...(request.secrets && { secrets: pulumi.secret(secretsOf(request.secrets, args.secrets ?? {})) }),
    ...(protection !== undefined && { deletionProtection: protection }),
    ...(Object.keys(deletion).length > 0 && { deletion }),
  };
}

/**
 * The tags that a cluster needs on the environment's subnets. Always `shared`: kOps deletes subnets that carry its
 * cluster's tag with the value `owned`.
 */
function tagsOf(name: string, { name: cluster, subnets }: ComposedCluster): PlannedTag[] {
  const key = clusterTagOf(cluster);
  return subnets.map(({ kind, zone, id }) => ({ name: `${name}-${kind}-${zone}/${key}`, id, key, value: "shared" }));
}

/** The inputs and tags of a cluster; registers nothing. */
export function planCluster(name: string, args: KubernetesClusterArgs): { kops: KopsClusterArgs; tags: PlannedTag[] } {
  const composed = composeCluster(args.request, args);
  return { kops: kopsArgs(composed, args), tags: tagsOf(name, composed) };
}

const componentType = "pilot:cluster:KubernetesCluster";

/** The resource of a cluster that was not registered, to show an error under its URN. */
export function unregisteredCluster(name: string): pulumi.Resource {
  const urn = pulumi.createUrn(name, kopsClusterType, pulumi.createUrn(name, componentType));
  // An error is shown under a resource by nothing but its URN.
  const place: Pick<pulumi.Resource, "urn"> = { urn };
  return place as pulumi.Resource;
}

/** A Kubernetes cluster made by kOps in an existing network. */
export class KubernetesCluster extends pulumi.ComponentResource {
  readonly outputs: ClusterOutputs;
  /** The resource that is the cluster: what is in the cluster is deleted with it. */
  readonly kops: KopsCluster;
  /** How this program logs in, for what it runs itself. */
  readonly login: LoginRequest;
  /** A kubeconfig with that login, for Pulumi's plugins: it needs no `kops` on PATH. */
  readonly programKubeconfig: pulumi.Output<string>;
  /** Whether people log in with IAM. */
  readonly iamLogin: boolean;
  /** Whether pods and services have IPv6 addresses only. */
  readonly ipv6: boolean;

  constructor(name: string, args: KubernetesClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType, name, {}, opts);
    const composed = composeCluster(args.request, args);
    const tags = tagsOf(name, composed).map((tag) => tagForeign(tag.name, tag.id, tag.key, tag.value, this));
    const { request, region } = args;
    const kops = new KopsCluster(
      name,
      kopsArgs(composed, args),
      // The tags must outlive the cluster: its controllers find subnets by them until the last load balancer is gone.
      { parent: this, dependsOn: [...tags, ...(args.requires ?? [])] },
      args.locate,
    );

    this.kops = kops;
    const authentication = authenticationOf(composed.name, composed.cluster);
    this.iamLogin = authentication.kind === "iam";
    this.ipv6 = composed.cluster["nonMasqueradeCIDR"] === anyIpv6;

    // A DNS name is known in advance; a load balancer's own name is not.
    const apiName = apiNameOf(composed.name, composed.cluster);
    const endpoint = apiName === undefined ? kops.endpoint : pulumi.output(`https://${apiName}`);
    const kubeconfigBy = (by: Authentication | ProgramLogin): pulumi.Output<string> =>
      pulumi.all([endpoint, kops.certificateAuthority]).apply(([server, certificateAuthority]) =>
        kubeconfig({
          cluster: composed.name,
          endpoint: server,
          certificateAuthority,
          stateStore: composed.stateStore,
          kopsVersion: request.kopsVersion,
          authentication: by,
          loadBalancer: loadBalancerOf(composed.cluster),
        }),
      );
    this.login = {
      name: composed.name,
      region,
      stateStore: composed.stateStore,
      kopsVersion: request.kopsVersion,
      ...(request.profile !== undefined && { profile: request.profile }),
      ...(request.assumeRole && { assumeRole: request.assumeRole }),
      ...(request.featureFlags && { featureFlags: request.featureFlags }),
    };
    this.programKubeconfig = kubeconfigBy({
      kind: "program",
      file: programPath(join(import.meta.dirname, "../../providers/kops/login.mjs")),
      login: this.login,
    });
    const issuer = issuerOf(composed.cluster, region);
    // Older versions of this program did not write them: they are empty until the next update or refresh.
    const cloud = kops.cloud.apply((names: CloudNames | undefined) => names ?? noNames);
    this.outputs = {
      version: clusterReferenceVersion,
      name: pulumi.output(composed.name),
      region,
      accountId: args.accountId,
      endpoint,
      certificateAuthority: kops.certificateAuthority,
      kubeconfig: kubeconfigBy(authentication),
      breakGlassKubeconfig: kubeconfigBy({ kind: "kops" }),
      kubernetesVersion: kops.kubernetesVersion,
      ...(issuer !== undefined && {
        oidc: {
          issuer,
          discoveryUrl: discoveryUrl(issuer),
          providerArn: oidcProviderArn(issuer, args.accountId, region),
          audience: oidcAudience,
        },
      }),
      network: makesSubnets(composed.cluster)
        ? ownNetworkOf(
            composed.cluster,
            cloud.apply(({ network }) => network),
          )
        : networkOf(composed.cluster, args.network),
      roles: { controlPlane: controlPlaneRole(composed.name), nodes: nodeRole(composed.name) },
      instanceProfiles: cloud.instanceProfiles,
      autoScalingGroups: cloud.instanceGroups.apply((groups) =>
        mapValues(groups, ({ autoScalingGroup }) => autoScalingGroup),
      ),
      securityGroups: cloud.securityGroups,
      loadBalancer: cloud.apply(({ loadBalancer }) => loadBalancer),
      etcdVolumes: cloud.etcdVolumes,
      conditions: kops.conditions,
    };
    this.registerOutputs(this.outputs);
  }
}
