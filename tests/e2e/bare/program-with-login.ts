import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfig } from "../../../components/cluster/spec/kubeconfig.ts";
import { KopsCluster } from "../../../providers/kops/index.ts";
import type { KopsClusterArgs } from "../../../providers/kops/index.ts";

/*
 * The program of a bare checkout that logs in to its cluster: it makes the KopsCluster k1 of clusters.json and, in the
 * same `up`, lists its nodes with the kubeconfig from the outputs. The test writes it over index.ts with adapted paths.
 */
const { k1: args } = JSON.parse(readFileSync(join(import.meta.dirname, "clusters.json"), "utf8")) as {
  k1: KopsClusterArgs & { name: string; stateStore: string; kopsVersion: string };
};
const cluster = new KopsCluster("k1", args);

export const login = pulumi
  .all([cluster.endpoint, cluster.certificateAuthority])
  .apply(([endpoint, certificateAuthority]) =>
    kubeconfig({
      cluster: args.name,
      endpoint,
      certificateAuthority,
      stateStore: args.stateStore,
      kopsVersion: args.kopsVersion,
      authentication: { kind: "kops" },
    }),
  );

/** The kubeconfig of the output, except for the server: this machine's own connection to the API. */
export const nodesSeen = login.apply(async (text) => {
  const access = JSON.parse(readFileSync(process.env["PILOT_ACCESS"] ?? "", "utf8")) as {
    clusters: Record<string, { server: string }>;
  };
  const config = new KubeConfig();
  config.loadFromString(text);
  config.clusters = config.clusters.map((one) => ({ ...one, server: access.clusters[args.name]?.server ?? "" }));
  return (await config.makeApiClient(CoreV1Api).listNode()).items.length;
});
