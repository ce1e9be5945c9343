import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResource, all } from "@pulumi/pulumi";
import type { Input } from "@pulumi/pulumi";
import { KopsCluster } from "../../providers/kops/index.ts";
import type { KopsClusterArgs } from "../../providers/kops/index.ts";

/*
 * A program in which another resource and the stack's outputs use all outputs of a cluster, as add-ons, roles for
 * service accounts and other stacks do. The test writes it over index.ts of a bare checkout, with adapted paths.
 */
const args = JSON.parse(readFileSync(join(import.meta.dirname, "clusters.json"), "utf8")) as Record<
  string,
  KopsClusterArgs
>;

/** A provider whose outputs are its inputs. */
const keeper =
  '"use strict"; exports.handler = () => ({ create: async (inputs) => ({ id: "kept", outs: inputs }), update: ' +
  "async (id, olds, news) => ({ outs: news }) });";

class Dependent extends CustomResource {
  constructor(name: string, given: Record<string, Input<unknown>>) {
    super("pulumi-nodejs:dynamic/tests:Dependent", name, { ...given, __provider: keeper });
  }
}

function outputsOf(cluster: KopsCluster) {
  const { endpoint, certificateAuthority, kubernetesVersion, cloud, conditions } = cluster;
  return {
    endpoint,
    certificateAuthority,
    kubernetesVersion,
    cloud,
    conditions,
    summary: all([endpoint, cloud]).apply(([server, names]) => `${server} ${JSON.stringify(names)}`),
  };
}

export const clusters = Object.fromEntries(
  Object.entries(args).map(([name, one]) => {
    const cluster = new KopsCluster(name, one);
    new Dependent(`${name}-dependent`, outputsOf(cluster));
    return [name, outputsOf(cluster)];
  }),
);
