import { StackReference } from "@pulumi/pulumi";
import { Addons, tenants } from "../../components/addons/index.ts";

/*
 * A stack with only add-ons, for a cluster of another stack. The test writes it into a folder of a checkout, with its
 * own Pulumi.yaml and with adapted paths.
 */
interface Clusters {
  k1: { name: string; breakGlassKubeconfig: string };
}

const clusters = new StackReference("organization/pilot/sbx")
  .requireOutput("clusters")
  .apply((output) => output as Clusters);

new Addons("k1", {
  cluster: {
    name: clusters.apply(({ k1 }) => k1.name),
    kubeconfig: clusters.apply(({ k1 }) => k1.breakGlassKubeconfig),
  },
  tenants: tenants.parse({ lab: { namespaces: { lab: { quota: { pods: 5 } } } } }),
});
