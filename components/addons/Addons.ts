import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createCharts } from "./charts.ts";
import { createPlatform } from "./platform.ts";
import type { PlatformRequest, TenantsRequest } from "./request.ts";
import { createTenant, createIdentityMappings } from "./tenants.ts";

/** The cluster that add-ons go to: `clusters.<name>` of a stack's outputs has name and kubeconfig. */
export interface AddonsCluster {
  /** Full name: by it, not by address or certificate, the provider knows whether a cluster is another one. */
  name: pulumi.Input<string>;
  /** Without a credential, such as `breakGlassKubeconfig`. Whoever runs this must be an administrator by it. */
  kubeconfig: pulumi.Input<string>;
  /** Whether people log in by IAM (`authentication.iam`): then their IAM roles are mapped. @default false */
  iamLogin?: boolean | undefined;
  /**
   * The cluster itself, when it is made in the same stack: what goes with it is then not deleted one by one, so that a
   * dead API holds up no destroy. @default none, the cluster is another stack's
   */
  resource?: pulumi.Resource | undefined;
}

export interface AddonsArgs {
  cluster: AddonsCluster;
  /** What is there for all. @default nothing */
  platform?: PlatformRequest | undefined;
  /** The app teams. @default none */
  tenants?: TenantsRequest | undefined;
}

/**
 * What a platform team puts into each of its clusters: storage and priority classes, charts, and per app team
 * namespaces with quota, defaults, isolation and rights.
 *
 * Made by server-side apply, and by force: what is named here has one owner, and what others changed of it is put back.
 * What others added is left alone. Objects of these names that are there already are taken over, so that an interrupted
 * run can be repeated, and a cluster that was set up by hand keeps its namespaces.
 *
 * Another address of the API or another credential changes nothing. While the API cannot be reached, a preview and an
 * `up` without changes here go through; a change fails and says so.
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
        enablePatchForce: true,
        upsertExistingObjects: true,
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
    for (const [tenant, request] of Object.entries(tenants)) createTenant(name, tenant, request, own);
    if (cluster.iamLogin === true) createIdentityMappings(name, tenants, own);
    this.registerOutputs({});
  }
}
