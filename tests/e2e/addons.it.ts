import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { SmokeTestReport } from "../../components/smoke-test/index.ts";
import { cloudState, setFleetFaults } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { unchanged } from "./bare/index.ts";
import { makeCheckout, type Checkout, type Ran } from "./checkout.ts";
import { inventory } from "./inventory.ts";

const minutes = 60_000;
const flags = ["--stack", "sbx", "--non-interactive"];
const cluster = "k1.sbx.pilot.internal";

/** The engine's placeholder for an unknown value. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A step of `pulumi preview --json`. */
interface Step {
  op: string;
  urn: string;
  newState?: { inputs?: Record<string, unknown>; outputs?: Record<string, unknown> };
}

const clusterFile = `name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
controlPlane: { count: 1, machineType: t3.medium }
nodeGroups:
  nodes: { machineType: t3.large, count: 1 }
`;

const inside = `  pilot:platform:
    storageClass: {}
    priorityClasses:
      urgent: { value: 100000, description: What must not wait }
  pilot:tenants:
    shop:
      namespaces:
        shop: { quota: { pods: 10, requests.cpu: 4 } }
      access:
        edit: { groups: [shop-developers] }
  pilot:smokeTest:
    enabled: true
    timeoutSeconds: 30
`;

/** The resources that a run changes, as `updated TYPE NAME`. */
const changes = ({ output }: Ran): string[] => [
  ...new Set(
    [
      ...output.matchAll(
        /^ *([~+-]+) +(\S+:\S+) (\S+) (created|updated|deleted|replaced|create|update|delete|replace)\b/gm,
      ),
    ].map(([, , type = "", name = "", what = ""]) => `${what} ${type} ${name}`),
  ),
];

describe("the add-ons and the smoke test of a cluster", function () {
  this.timeout(10 * minutes);
  let checkout: Checkout;

  before(async () => {
    checkout = await makeCheckout();
    await checkout.write("clusters/sbx/k1.yaml", clusterFile);
    await checkout.write("Pulumi.sbx.yaml", `${(await checkout.read("Pulumi.sbx.yaml")).trimEnd()}\n${inside}`);
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const up = (...more: string[]): Promise<Ran> =>
    checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview", ...more);
  /** Runs Pulumi with a proxy that nothing listens on: for kubectl and the kubernetes plugin the API is down. */
  const withoutApi = (...words: string[]): Promise<Ran> =>
    checkout.local("env", "HTTPS_PROXY=http://127.0.0.1:1", "pulumi", ...words);
  /** Runs Pulumi as on a machine that has only node, and reaches the cluster's API only through a tunnel. */
  const withNodeAlone = async (...words: string[]): Promise<Ran> => {
    const [alone, layout] = [join(checkout.folder, ".local", "node-alone"), layoutOf(checkout.folder, {})];
    await mkdir(alone, { recursive: true });
    await symlink(process.execPath, join(alone, "node"));
    const forwarder = join(checkout.folder, "tests", "e2e", "tunnels", "forwarder.mjs");
    const command = [process.execPath, forwarder, "{localPort}", "{host}", "{port}"];
    const access = { clusters: { "*.sbx.pilot.internal": { access: "command", command } } };
    await checkout.write(".local/tunnel.json", JSON.stringify(access));
    return await checkout.local(
      "/usr/bin/env",
      `PATH=${alone}`,
      `PILOT_ACCESS=${join(layout.dir, "tunnel.json")}`,
      `PILOT_TEST_API=${layout.accessFile}`,
      `PILOT_TEST_TUNNELS=${join(layout.dir, "tunnels")}`,
      join(layout.bin, "pulumi"),
      ...words,
    );
  };
  const kubectl = async (...args: string[]): Promise<string> => {
    const layout = layoutOf(checkout.folder, {});
    const kubeconfig = (await cloudState(layout))?.clusters[0]?.kubeconfig ?? "";
    return (
      await execa(join(layout.bin, "kubectl"), ["--kubeconfig", kubeconfig, ...args], {
        env: { PATH: process.env["PATH"], HOME: layout.home },
        extendEnv: false,
      })
    ).stdout;
  };
  const output = async (name: string): Promise<unknown> =>
    (
      JSON.parse((await checkout.local("pulumi", "stack", "output", "--json", "--stack", "sbx")).output) as Record<
        string,
        unknown
      >
    )[name];
  const report = async (): Promise<SmokeTestReport> => ((await output("smokeTests")) as { k1: SmokeTestReport }).k1;
  /** All smoke test pods so far, found by their events. */
  const testPods = async (): Promise<string[]> => {
    const names = await kubectl(
      "get",
      "events",
      "-n",
      "default",
      "-o",
      'jsonpath={range .items[*]}{.involvedObject.name}{"\\n"}{end}',
    );
    return [...new Set(names.split("\n").filter((name) => name.startsWith("pilot-smoke-test-")))];
  };
  const pods = (): Promise<string> =>
    kubectl("get", "quota", "pilot", "-n", "shop", "-o", "jsonpath={.spec.hard.pods}");

  it("come up with the cluster in one `npm start`, using the kubeconfig from the stack's outputs", async function () {
    // The plugin may have to be built.
    this.timeout(30 * minutes);
    const started = await checkout.npm("start");
    expect(started.exitCode, started.output).to.equal(0);
    const found = await kubectl("get", "quota,limits,netpol,rolebindings", "-n", "shop", "-o", "name");
    expect(found.split("\n")).to.deep.equal([
      "resourcequota/pilot",
      "limitrange/pilot",
      "networkpolicy.networking.k8s.io/pilot-isolation",
      "rolebinding.rbac.authorization.k8s.io/pilot-edit",
    ]);
    expect(
      await kubectl(
        "get",
        "sc",
        "gp3-encrypted",
        "-o",
        "jsonpath={.parameters.encrypted} {.metadata.annotations.storageclass\\.kubernetes\\.io/is-default-class}",
      ),
    ).to.equal("true true");
    expect(await kubectl("get", "priorityclass", "urgent", "-o", "jsonpath={.value}")).to.equal("100000");
    const login = join(layoutOf(checkout.folder, {}).home, "login.yaml");
    const { k1 } = (await output("clusters")) as { k1: { breakGlassKubeconfig: string } };
    await checkout.write(".local/home/login.yaml", k1.breakGlassKubeconfig);
    expect((await checkout.local("kubectl", "--kubeconfig", login, "auth", "whoami")).output).to.contain(
      "system:masters",
    );
  });

  it("give a team its rights in its own namespace, and nowhere else", async () => {
    const may = (...words: string[]): Promise<string> =>
      kubectl("auth", "can-i", "--as=ann", "--as-group=shop-developers", ...words).catch((error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return stdout === "" ? stderr : stdout;
      });
    expect(await may("create", "deployments", "-n", "shop")).to.equal("yes");
    expect(await may("update", "resourcequotas", "-n", "shop")).to.equal("no");
    expect(await may("create", "rolebindings", "-n", "shop")).to.equal("no");
    expect(await may("get", "pods", "-n", "kube-system")).to.equal("no");
    expect(await may("delete", "namespaces/shop")).to.equal("no");
  });

  it("report nodes by version and the pod's worker, say that DNS was not shown, and leave no pod", async () => {
    const { cluster: name, ok, checks } = await report();
    expect([name, ok]).to.deep.equal([cluster, true]);
    expect(checks.nodes).to.deep.include({ ok: true, nodes: 2, versions: { "v1.34.3": 2 } });
    expect(checks.pod?.node).to.equal(
      await kubectl("get", "nodes", "-l", "node-role.kubernetes.io/node", "-o", "jsonpath={.items[*].metadata.name}"),
    );
    expect(checks.dns).to.deep.equal({ ok: true, shown: false });
    expect(await kubectl("get", "pods", "-n", "default", "-o", "name")).to.equal("");
  });

  it("do not change in the next up or refresh, and start no test pod", async () => {
    const before = await testPods();
    expect(before).to.have.lengthOf(1);
    expect((await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
    expect((await checkout.local("pulumi", "refresh", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
    expect(await testPods()).to.deep.equal(before);
  });

  it("log in with nothing but node on PATH, no kops and no kubectl, the test through the tunnel to the API", async () => {
    const before = await testPods();
    await checkout.edit("Pulumi.sbx.yaml", "pods: 10", "pods: 15");
    await checkout.edit("Pulumi.sbx.yaml", "    timeoutSeconds: 30", "    timeoutSeconds: 31");
    const ran = await withNodeAlone("up", ...flags, "--yes", "--skip-preview");
    expect(changes(ran).sort()).to.deep.equal([
      "updated command:local:Command k1",
      "updated kubernetes:core/v1:ResourceQuota k1-shop-quota",
    ]);
    expect(await pods()).to.equal("15");
    expect(await testPods()).to.have.lengthOf(before.length + 1);
    expect(await checkout.read(".local/tunnels")).to.match(/^(command \d+ \S+ 443\n)+$/);
    await checkout.edit("Pulumi.sbx.yaml", "    timeoutSeconds: 31", "    timeoutSeconds: 30");
    await checkout.edit("Pulumi.sbx.yaml", "pods: 15", "pods: 10");
    await up();
  });

  it("change a quota in place, without another test", async () => {
    const before = await testPods();
    await checkout.edit("Pulumi.sbx.yaml", "pods: 10", "pods: 20");
    const ran = await up();
    expect(changes(ran)).to.deep.equal(["updated kubernetes:core/v1:ResourceQuota k1-shop-quota"]);
    expect(await pods()).to.equal("20");
    expect(await testPods()).to.deep.equal(before);
  });

  it("win over another field manager, which keeps what is its own", async () => {
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "pilot", namespace: "shop" } };
    const others = { ...quota, spec: { hard: { pods: "77", services: "3" } } };
    await checkout.write(".local/others.json", JSON.stringify(others));
    const file = join(checkout.folder, ".local", "others.json");
    await kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=another", "-f", file);
    expect(await pods()).to.equal("77");
    await checkout.edit("Pulumi.sbx.yaml", "pods: 20", "pods: 25");
    expect(changes(await up())).to.deep.equal(["updated kubernetes:core/v1:ResourceQuota k1-shop-quota"]);
    expect(await kubectl("get", "quota", "pilot", "-n", "shop", "-o", "jsonpath={.spec.hard}")).to.equal(
      '{"pods":"25","requests.cpu":"4","services":"3"}',
    );
    await checkout.edit("Pulumi.sbx.yaml", "pods: 25", "pods: 20");
    await up();
  });

  it("are repaired by `up --refresh` after somebody deleted or edited an object by hand", async () => {
    await kubectl("delete", "netpol", "pilot-isolation", "-n", "shop");
    await kubectl("patch", "quota", "pilot", "-n", "shop", "--type=merge", "-p", '{"spec":{"hard":{"pods":"99"}}}');
    const ran = await up("--refresh");
    expect(changes(ran)).to.include.members([
      "created kubernetes:networking.k8s.io/v1:NetworkPolicy k1-shop-isolation",
      "updated kubernetes:core/v1:ResourceQuota k1-shop-quota",
    ]);
    expect(await pods()).to.equal("20");
    expect(await kubectl("get", "netpol", "-n", "shop", "-o", "name")).to.contain("pilot-isolation");
  });

  it("replace nothing when the API's endpoint or the login command changes", async () => {
    const uid = await kubectl("get", "namespace", "shop", "-o", "jsonpath={.metadata.uid}");
    await checkout.edit(
      "components/cluster/spec/kubeconfig.ts",
      "{ server: endpoint, ...own }",
      '{ server: endpoint.replace("//api.", "//api.internal."), ...own }',
    );
    await checkout.edit(
      "components/cluster/spec/kubeconfig.ts",
      "JSON.stringify(authentication.login)]",
      'JSON.stringify(authentication.login), "again"]',
    );
    const ran = await up();
    // Only the Kubernetes provider has the kubeconfig as an input.
    expect(changes(ran)).to.deep.equal(["updated pulumi:providers:kubernetes k1"]);
    expect(ran.output).not.to.match(/replac/);
    expect(await kubectl("get", "namespace", "shop", "-o", "jsonpath={.metadata.uid}")).to.equal(uid);
    expect((await up()).output).to.match(unchanged);
  });

  it("preview a machine type without an unknown or a change of their own; only the test runs again", async () => {
    await checkout.edit("clusters/sbx/k1.yaml", "t3.large", "t3.xlarge");
    const { output: text } = await checkout.local("pulumi", "preview", ...flags, "--json");
    const { steps } = JSON.parse(text.slice(text.indexOf("{"))) as { steps: Step[] };
    const others = steps.filter(({ op, urn }) => op !== "same" && !/Cluster::k1$|pulumi:pulumi:Stack/.test(urn));
    expect(new Set(others.map(({ urn }) => urn.split("::").slice(2).join("::")))).to.deep.equal(
      new Set(["pilot:test:SmokeTest$command:local:Command::k1"]),
    );
    for (const { urn, newState = {} } of steps) {
      const isTest = /Command::k1$/.test(urn);
      expect(JSON.stringify(newState.inputs ?? {}), urn).not.to.contain(unknown);
      if (!isTest && !/kops:Cluster::k1$/.test(urn))
        expect(JSON.stringify(newState.outputs ?? {}), urn).not.to.contain(unknown);
    }
    const shown = await checkout.local("pulumi", "preview", ...flags, "--suppress-outputs=false");
    expect(shown.output)
      .to.contain("tested after the change")
      .and.to.contain("after this change the smoke test of k1.sbx.pilot.internal runs a pod of ")
      .and.not.to.match(/output<|\[unknown\]/);
    const before = await report();
    const ran = await up();
    expect(changes(ran).filter((line) => line.includes("kubernetes:"))).to.deep.equal([]);
    const after = await report();
    expect(after.at).not.to.equal(before.at);
    expect(after.checks.pod?.node).not.to.equal(before.checks.pod?.node);
  });

  it("test a cluster whose workers are all tainted: the pod tolerates their taint", async () => {
    await checkout.edit(
      "clusters/sbx/k1.yaml",
      "t3.xlarge, count: 1",
      "t3.xlarge, count: 1, taints: [team=shop:NoSchedule]",
    );
    await up();
    const { ok, checks } = await report();
    expect(ok).to.equal(true);
    expect(await kubectl("get", "nodes", checks.pod?.node ?? "", "-o", "jsonpath={.spec.taints[*].key}")).to.equal(
      "team",
    );
  });

  it("fail the up with the reason when the test fails; the next up tests again", async () => {
    const layout = layoutOf(checkout.folder, {});
    await setFleetFaults(layout, { notReady: ["nodes"] });
    await checkout.edit("Pulumi.sbx.yaml", "timeoutSeconds: 30", "timeoutSeconds: 10");
    const failed = await checkout.localFails("pulumi", "up", ...flags, "--yes", "--skip-preview");
    expect(failed.output)
      .to.match(/the smoke test of k1\.sbx\.pilot\.internal failed after \d+/)
      .and.to.match(/nodes: i-\w+ is not ready: container runtime network not ready/);
    await setFleetFaults(layout, {});
    expect(changes(await up())).to.deep.equal(["updated command:local:Command k1"]);
    expect((await report()).ok).to.equal(true);
  });

  it("also come from a stack of their own, which adopts what exists, and whose destroy deletes them one by one", async () => {
    const program = await readFile(join(import.meta.dirname, "addons-program.ts"), "utf8");
    await checkout.write("inside/index.ts", program.replaceAll("../../", "../"));
    await checkout.write(
      "inside/Pulumi.yaml",
      "name: inside\nmain: index.ts\nruntime:\n  name: nodejs\n  options: { typescript: false, nodeargs: --import " +
        "../typescript.mjs }\n",
    );
    const own = (...words: string[]): Promise<Ran> =>
      checkout.local("pulumi", "-C", join(checkout.folder, "inside"), ...words, "--stack", "own", "--non-interactive");
    await checkout.local("pulumi", "-C", join(checkout.folder, "inside"), "stack", "init", "own");
    await kubectl("create", "namespace", "lab");
    await kubectl("create", "quota", "pilot", "-n", "lab", "--hard=pods=2");
    await own("up", "--yes", "--skip-preview");
    expect(await kubectl("get", "quota", "pilot", "-n", "lab", "-o", "jsonpath={.spec.hard.pods}")).to.equal("5");
    expect((await own("up", "--yes", "--skip-preview")).output).to.match(unchanged);
    await own("destroy", "--yes", "--skip-preview");
    expect(await kubectl("get", "namespaces", "-o", "name")).not.to.contain("namespace/lab");
  });

  it("neither change nor block an up while the API is down; previews show a change, applying it fails", async () => {
    expect((await withoutApi("up", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
    await checkout.edit("Pulumi.sbx.yaml", "pods: 20", "pods: 30");
    const preview = await withoutApi("preview", ...flags);
    expect(changes(preview)).to.deep.equal(["update kubernetes:core/v1:ResourceQuota k1-shop-quota"]);
    const failed = await checkout.localFails(
      "env",
      "HTTPS_PROXY=http://127.0.0.1:1",
      "pulumi",
      "up",
      ...flags,
      "--yes",
      "--skip-preview",
    );
    expect(failed.output).to.contain("configured Kubernetes cluster is unreachable");
    expect(changes(await up())).to.deep.equal(["updated kubernetes:core/v1:ResourceQuota k1-shop-quota"]);
  });

  it("are deleted with the cluster while the API is down, and do not block the destroy", async () => {
    const destroyed = await withoutApi("destroy", ...flags, "--yes", "--skip-preview");
    expect(destroyed.output).to.contain("the cluster is deleted");
    expect(
      JSON.parse((await checkout.local("pulumi", "stack", "export", "--stack", "sbx")).output) as {
        deployment: { resources?: unknown[] };
      },
    ).to.satisfy(
      ({ deployment }: { deployment: { resources?: unknown[] } }) => (deployment.resources ?? []).length <= 1,
    );
    expect(await inventory((await cloudState(layoutOf(checkout.folder, {})))?.endpoint ?? "")).to.deep.equal({});
  });
});
