import { StackReference } from "@pulumi/pulumi";
import { Addons, tenants } from "../../components/addons/index.ts";

/*
 * A stack that holds nothing but add-ons for a cluster of another stack. Written into a folder of a checkout beside a
 * Pulumi.yaml of its own, with paths to suit.
 */
interface Told {
  k1: { name: string; breakGlassKubeconfig: string };
}

const clusters = new StackReference("organization/pilot/sbx").requireOutput("clusters").apply((told) => told as Told);

new Addons("k1", {
  cluster: {
    name: clusters.apply(({ k1 }) => k1.name),
    kubeconfig: clusters.apply(({ k1 }) => k1.breakGlassKubeconfig),
  },
  tenants: tenants.parse({ lab: { namespaces: { lab: { quota: { pods: 5 } } } } }),
});
