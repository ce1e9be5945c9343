import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createCharts } from "./charts.ts";
import { createPlatform } from "./platform.ts";
import type { PlatformRequest, TenantsRequest } from "./request.ts";
import { createTenant, createIdentityMappings } from "./tenants.ts";

/** The cluster of the add-ons: `clusters.<name>` of a stack's outputs has name and kubeconfig. */
export interface AddonsCluster {
  /** Full name: the provider tells clusters apart by it, not by address or certificate. */
  name: pulumi.Input<string>;
  /** Without a credential, such as `breakGlassKubeconfig`. It must make whoever runs this an administrator. */
  kubeconfig: pulumi.Input<string>;
  /** Whether people log in with IAM (`authentication.iam`): then their IAM roles are mapped. @default false */
  iamLogin?: boolean | undefined;
  /** Whether its pods have IPv6 addresses only: isolated namespaces then allow DNS at another address. @default no */
  ipv6?: boolean | undefined;
  /**
   * The cluster, if the same stack makes it: its objects are then deleted with it, not one by one, so that a dead API
   * does not block a destroy. @default none, the cluster is another stack's
   */
  resource?: pulumi.Resource | undefined;
}

export interface AddonsArgs {
  cluster: AddonsCluster;
  /** What all users of the cluster share. @default nothing */
  platform?: PlatformRequest | undefined;
  /** The app teams. @default none */
  tenants?: TenantsRequest | undefined;
}

/**
 * What a platform team puts into each of its clusters: storage and priority classes, charts, and for each app team
 * namespaces with quota, defaults, isolation and rights.
 *
 * Uses server-side apply with force: fields given here have one owner, and changes by others are reverted. Fields that
 * others add survive. Existing objects of these names are adopted, so an interrupted run can be repeated, and a cluster
 * that was set up by hand keeps its namespaces. (The plugin does so by itself until 4.28, later if the provider has
 * `upsertExistingObjects`.)
 *
 * Another API address or credential changes nothing. While the API cannot be reached, a preview and an `up` without
 * changes here succeed; a change fails with the reason.
 */
export class Addons extends pulumi.ComponentResource {
  /** For more objects in this cluster: `{ provider: addons.provider }`. */
  readonly provider: k8s.Provider;

  constructor(name: string, args: AddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:addons:Addons", name, {}, opts);
    const { cluster, platform, tenants = {} } = args;
    this.provider = new k8s.Provider(
      name,
      {
        kubeconfig: cluster.kubeconfig,
        clusterIdentifier: cluster.name,
        enableServerSideApply: true,
      },
      { parent: this },
    );
    const own: pulumi.CustomResourceOptions = {
      parent: this,
      provider: this.provider,
      ...(cluster.resource && { deletedWith: cluster.resource }),
    };
    if (platform) {
      createPlatform(name, platform, own);
      createCharts(name, platform.charts, own);
    }
    const place = { name, ipv6: cluster.ipv6 === true };
    for (const [tenant, request] of Object.entries(tenants)) createTenant(place, tenant, request, own);
    if (cluster.iamLogin === true) createIdentityMappings(name, tenants, own);
    this.registerOutputs({});
  }
}
