import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { forcesReplacement } from "../../../local/plugins/kubernetes/replace.ts";
import { UNKNOWN, type Props } from "../../../local/plugins/protocol/values.ts";
import { rejection } from "../rejection.ts";
import { kubernetesPluginHere, type RunningPlugin } from "./kubernetes-harness.ts";

const type = "kubernetes:core/v1:Namespace";
const namespace: Props = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };

const kubeconfig = (server: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "c", user: { token: "none" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  });

describe("the stand-in for the kubernetes plugin, when the cluster is unreachable,", () => {
  let silent: Server;
  const held = new Set<Socket>();
  let plugin: RunningPlugin | undefined;
  let warnings: string[];

  before(async () => {
    silent = createServer((socket) => held.add(socket));
    await new Promise<void>((resolve) => {
      silent.listen(0, "127.0.0.1", resolve);
    });
  });
  beforeEach(() => {
    warnings = [];
  });
  afterEach(() => {
    plugin?.stop();
  });
  after(() => {
    silent.close();
    for (const socket of held) socket.destroy();
  });

  const start = async (config: Props = {}, env: NodeJS.ProcessEnv = {}): Promise<RunningPlugin["client"]> => {
    plugin = await kubernetesPluginHere(
      env,
      { kubeconfig: kubeconfig("https://127.0.0.1:1"), ...config },
      { info: () => undefined, warn: (line) => warnings.push(line) },
    );
    return plugin.client;
  };

  it("previews creations and changes anyway", async () => {
    const client = await start();
    expect((await client.create(type, "r", namespace, { preview: true })).outputs).to.deep.equal(namespace);
    expect(await client.update(type, "r", "shop", namespace, namespace, { preview: true })).to.deep.equal(namespace);
    expect((await client.diff(type, "r", "shop", namespace, namespace, namespace)).changes).to.equal(false);
  });

  it("previews objects of a cluster that the same run creates, whose kubeconfig is unknown", async () => {
    const client = await start({ kubeconfig: UNKNOWN, clusterIdentifier: "k1" });
    const { inputs, failures } = await client.check(type, "r", namespace);
    expect(failures).to.deep.equal([]);
    expect((await client.create(type, "r", inputs, { preview: true })).outputs).to.deep.equal(inputs);
    expect((await rejection(client.create(type, "r", inputs))).message).to.contain("its kubeconfig is not known yet");
  });

  it("creates, reads and deletes nothing, and says why and what to do", async () => {
    const client = await start();
    expect((await rejection(client.create(type, "r", namespace))).message).to.match(
      /configured Kubernetes cluster is unreachable: .*ECONNREFUSED/,
    );
    expect((await rejection(client.read(type, "r", "shop", namespace, namespace))).message).to.contain(
      "PULUMI_K8S_DELETE_UNREACHABLE",
    );
    expect((await rejection(client.delete(type, "r", "shop", namespace))).message).to.contain(
      "PULUMI_K8S_DELETE_UNREACHABLE",
    );
    expect(warnings.join()).to.contain("configured Kubernetes cluster is unreachable");
  });

  it("forgets its objects on request, by argument or variable", async () => {
    for (const [config, env] of [
      [{ deleteUnreachable: true }, {}],
      [{}, { PULUMI_K8S_DELETE_UNREACHABLE: "true" }],
    ] as [Props, NodeJS.ProcessEnv][]) {
      const client = await start(config, env);
      expect(await client.read(type, "r", "shop", namespace, namespace)).to.equal(undefined);
      await client.delete(type, "r", "shop", namespace);
      plugin?.stop();
    }
  });

  it("leaves its objects as they are on request: a later run applies the change", async () => {
    const client = await start({}, { PULUMI_K8S_SKIP_UPDATE_UNREACHABLE: "true" });
    expect((await client.read(type, "r", "shop", namespace, namespace))?.inputs).to.deep.equal(namespace);
    const { inputs } = await client.check(type, "r", { metadata: { name: "shop", labels: { new: "yes" } } }, namespace);
    expect(inputs).to.deep.equal(namespace);
    expect(warnings.join()).to.contain("skipUpdateUnreachable");
  });

  it("gives up on a silent cluster within the provider's time limit, once for all callers", async () => {
    const { port } = silent.address() as AddressInfo;
    const client = await start({
      kubeconfig: kubeconfig(`https://127.0.0.1:${port}`),
      kubeClientSettings: '{"timeout":1}',
    });
    const began = Date.now();
    const errors = await Promise.all([1, 2, 3, 4].map(() => rejection(client.create(type, "r", namespace))));
    expect(errors.map(({ message }) => message).join()).to.contain("no answer within 1 s");
    expect((await rejection(client.read(type, "r", "shop", namespace, namespace))).message).to.contain("unreachable");
    expect(Date.now() - began).to.be.below(3_000);
  });
});

describe("a replacement by the stand-in for the kubernetes plugin", () => {
  const cases: [string, string, string, boolean][] = [
    ["v1", "Namespace", "metadata.name", true],
    ["v1", "Namespace", "metadata.labels.a", false],
    ["v1", "ResourceQuota", "spec.hard.pods", false],
    ["v1", "ResourceQuota", "spec.scopes[0]", true],
    ["rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef.name", true],
    ["rbac.authorization.k8s.io/v1", "RoleBinding", "subjects[0].name", false],
    ["storage.k8s.io/v1", "StorageClass", "parameters.type", true],
    ["storage.k8s.io/v1", "StorageClass", "reclaimPolicy", false],
    ["scheduling.k8s.io/v1", "PriorityClass", "value", false],
    ["v1", "ConfigMap", "data.key", true],
    ["apps/v1", "Deployment", "spec.replicas", false],
    ["apps/v1", "Deployment", "spec.selector.matchLabels.app", true],
  ];
  for (const [apiVersion, kind, path, replaces] of cases) {
    it(`${replaces ? "is" : "is not"} needed for ${path} of a ${kind}`, () => {
      expect(forcesReplacement({ apiVersion, kind }, path, {})).to.equal(replaces);
    });
  }

  it("is needed for neither config maps nor secrets if the provider says so", () => {
    expect(forcesReplacement({ apiVersion: "v1", kind: "ConfigMap" }, "data.key", { ConfigMap: true })).to.equal(false);
    expect(forcesReplacement({ apiVersion: "v1", kind: "Secret" }, "stringData.key", { Secret: true })).to.equal(false);
    expect(forcesReplacement({ apiVersion: "v1", kind: "Secret" }, "type", { Secret: true })).to.equal(true);
  });
});
