/** A test run with a cluster in a local cloud. It never ends by itself: a test kills it. */
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { makeNetwork, manifestOf, testTools, until, Workbench } from "../local/cloud/bench.ts";
import { makeCheckout } from "./checkout.ts";

const name = "k1.sbx.test";
const checkout = await makeCheckout();
console.log(checkout.folder);
await checkout.local("true");
const layout = layoutOf(checkout.folder, {});
const cloud = await cloudState(layout);
if (!cloud) throw new Error("the local cloud does not run");
const bench = new Workbench(layout, await testTools(), cloud);
await bench.kops(["create", "-f", "-"], manifestOf(name, await makeNetwork(cloud), "t3.large"));
await bench.kops(["update", "cluster", name, "--yes", "--create-kube-config=false"]);
await until("the control plane is ready", async () => (await cloudState(layout))?.clusters[0]?.status === "ready");
// This command never ends by itself either.
await checkout.npmDuring(
  // npm first prints the command itself.
  /^running$/m,
  () => {
    console.log("ready");
  },
  "run",
  "local",
  "--",
  "sh",
  "-c",
  `echo running; exec tail -f ${checkout.folder}/package.json`,
);
