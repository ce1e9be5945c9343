import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { layoutOf } from "../../local/base/layout.ts";
import { cloudState } from "../../local/cloud/index.ts";
import { unchanged } from "../e2e/bare/index.ts";
import { chartFiles, packChart } from "../e2e/charts/chart.ts";
import { serveRegistry, serveRepository, type ChartServer } from "../e2e/charts/servers.ts";
import { makeCheckout, type Checkout, type Ran } from "../e2e/checkout.ts";

const minutes = 60_000;
const flags = ["--stack", "sbx", "--non-interactive"];

const clusterFile = `name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
controlPlane: { count: 1, machineType: t3.medium }
nodeGroups:
  nodes: { machineType: t3.large, count: 1 }
`;

const platform = ({ repository, registry }: { repository: string; registry: string }): string => `  pilot:platform:
    charts:
      from-file: { chart: ./charts/web, namespace: web, values: { greeting: from a file } }
      from-repository: { chart: web, repository: http://${repository}/, version: 1.2.3, namespace: web }
      from-registry: { chart: oci://${registry}/charts/web, version: 1.2.3, namespace: web }
`;

/** The Helm releases that a run changes, as `updated NAME`. */
const changes = ({ output }: Ran): string[] => [
  ...new Set(
    [
      ...output.matchAll(
        /^ *[~+-]+ +kubernetes:helm\.sh\/v3:Release k1-(\S+) (created|updated|create|update|replace)\b/gm,
      ),
    ].map(([, name = "", what = ""]) => `${what} ${name}`),
  ),
];

describe("the Helm charts of a platform", function () {
  this.timeout(10 * minutes);
  let checkout: Checkout;
  let repository: ChartServer;
  let registry: ChartServer;

  before(async () => {
    checkout = await makeCheckout();
    const packed = join(checkout.folder, ".local", "packed");
    const charts = { "1.2.3": await packChart(packed, "1.2.3"), "1.3.0": await packChart(packed, "1.3.0") };
    repository = await serveRepository(charts);
    registry = await serveRegistry(charts);
    for (const [path, text] of Object.entries(chartFiles("0.1.0"))) await checkout.write(`charts/web/${path}`, text);
    await checkout.write("clusters/sbx/k1.yaml", clusterFile);
    await checkout.write(
      "Pulumi.sbx.yaml",
      `${(await checkout.read("Pulumi.sbx.yaml")).trimEnd()}\n${platform({ repository: repository.host, registry: registry.host })}`,
    );
  });
  after(async () => {
    await checkout.remove();
    await Promise.all([repository.stop(), registry.stop()]);
    expect(await checkout.processes()).to.deep.equal([]);
  });

  const up = (...more: string[]): Promise<Ran> =>
    checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview", ...more);
  const kubectl = async (...args: string[]): Promise<string> => {
    const layout = layoutOf(checkout.folder, {});
    const kubeconfig = (await cloudState(layout))?.clusters[0]?.kubeconfig ?? "";
    const { stdout } = await execa(join(layout.bin, "kubectl"), ["--kubeconfig", kubeconfig, "-n", "web", ...args], {
      env: { PATH: process.env["PATH"], HOME: layout.home },
      extendEnv: false,
    });
    return stdout;
  };
  const greeting = (release: string): Promise<string> =>
    kubectl("get", "configmap", release, "-o", "jsonpath={.data.greeting}");
  const readyReplicas = (release: string): Promise<string> =>
    kubectl("get", "deployment", release, "-o", "jsonpath={.status.readyReplicas}");
  /** The revision of the release that ran the hook last. */
  const hookRan = (release: string): Promise<string> =>
    kubectl("get", "configmap", `${release}-before`, "-o", "jsonpath={.data.revision}");

  it("come with the cluster in one `npm start`: from a folder, a repository and a registry, with hooks", async function () {
    // The plugin may have to be built.
    this.timeout(30 * minutes);
    const started = await checkout.npm("start");
    expect(started.exitCode, started.output).to.equal(0);
    expect(changes(started).sort()).to.deep.equal([
      "created from-file",
      "created from-registry",
      "created from-repository",
    ]);
    expect(await greeting("from-file")).to.equal("from a file from 0.1.0");
    expect(await greeting("from-repository")).to.equal("hello from 1.2.3");
    expect(await greeting("from-registry")).to.equal("hello from 1.2.3");
    for (const release of ["from-file", "from-repository", "from-registry"])
      expect([await readyReplicas(release), await hookRan(release)], release).to.deep.equal(["1", "1"]);
    expect(repository.served).to.include("/web-1.2.3.tgz");
    expect(registry.served).to.include("/v2/charts/web/manifests/1.2.3");
  });

  it("do not change in the next preview and up", async () => {
    expect((await checkout.local("pulumi", "preview", ...flags)).output).to.match(unchanged);
    expect((await up()).output).to.match(unchanged);
    expect(await hookRan("from-registry")).to.equal("1");
  });

  it("are upgraded to another version or values in place, as the preview shows; the hook runs again", async () => {
    await checkout.edit("Pulumi.sbx.yaml", "charts/web, version: 1.2.3", "charts/web, version: 1.3.0");
    await checkout.edit("Pulumi.sbx.yaml", "greeting: from a file", "greeting: changed");
    await checkout.edit("charts/web/Chart.yaml", "\nversion: 0.1.0", "\nversion: 0.2.0");
    const preview = await checkout.local("pulumi", "preview", ...flags);
    expect(changes(preview).sort()).to.deep.equal(["update from-file", "update from-registry"]);
    expect(await greeting("from-registry")).to.equal("hello from 1.2.3");
    expect(changes(await up()).sort()).to.deep.equal(["updated from-file", "updated from-registry"]);
    expect(await greeting("from-registry")).to.equal("hello from 1.3.0");
    expect(await greeting("from-file")).to.equal("changed from 0.2.0");
    expect([await hookRan("from-registry"), await hookRan("from-repository")]).to.deep.equal(["2", "1"]);
  });

  it("that do not exist fail the preview with the reason", async () => {
    await checkout.edit("Pulumi.sbx.yaml", "charts/web, version: 1.3.0", "charts/web, version: 1.9.0");
    const failed = await checkout.localFails("pulumi", "preview", ...flags);
    expect(failed.output).to.match(/charts\/web:1\.9\.0.*not found/);
    await checkout.edit("Pulumi.sbx.yaml", "charts/web, version: 1.9.0", "charts/web, version: 1.3.0");
  });

  it("that never get ready fail the up in their time and are rolled back; the next up upgrades them", async () => {
    await checkout.edit(
      "Pulumi.sbx.yaml",
      "values: { greeting: changed } }",
      "timeoutSeconds: 10, values: { greeting: stuck, nodes: { no: such } } }",
    );
    const failed = await checkout.localFails("pulumi", "up", ...flags, "--yes", "--skip-preview");
    expect(failed.output).to.match(/from-file.*(timed out|deadline)/s);
    expect(await greeting("from-file")).to.equal("changed from 0.2.0");
    expect(await readyReplicas("from-file")).to.equal("1");
    await checkout.edit("Pulumi.sbx.yaml", "greeting: stuck, nodes: { no: such }", "greeting: again");
    expect(changes(await up())).to.deep.equal(["updated from-file"]);
    expect(await greeting("from-file")).to.equal("again from 0.2.0");
    expect((await up()).output).to.match(unchanged);
  });

  it("are uninstalled when they leave the config", async () => {
    await checkout.edit("Pulumi.sbx.yaml", "      from-repository:", "      # from-repository:");
    expect((await up()).output).to.match(/Release k1-from-repository deleted/);
    expect(await kubectl("get", "deployments", "-o", "name")).to.equal(
      "deployment.apps/from-file\ndeployment.apps/from-registry",
    );
  });
});
