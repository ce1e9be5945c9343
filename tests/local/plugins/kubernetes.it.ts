import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { until } from "../cloud/bench.ts";
import { rejection } from "../rejection.ts";
import {
  makeKubernetesBed,
  name,
  startKubernetesPlugin,
  type KubernetesBed,
  type RunningPlugin,
} from "./kubernetes-harness.ts";
import type { PluginClient } from "./plugin-client.ts";

const types = {
  Namespace: "kubernetes:core/v1:Namespace",
  ResourceQuota: "kubernetes:core/v1:ResourceQuota",
  LimitRange: "kubernetes:core/v1:LimitRange",
  NetworkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  RoleBinding: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  StorageClass: "kubernetes:storage.k8s.io/v1:StorageClass",
  PriorityClass: "kubernetes:scheduling.k8s.io/v1:PriorityClass",
  Deployment: "kubernetes:apps/v1:Deployment",
  Job: "kubernetes:batch/v1:Job",
  ServiceAccount: "kubernetes:core/v1:ServiceAccount",
};
type Type = keyof typeof types;

const quota = (pods: string, cpu = "4"): Props => ({
  metadata: { name: "team", namespace: "shop" },
  spec: { hard: { pods, "requests.cpu": cpu } },
});

const deployment = (annotations: Props = {}): Props => ({
  metadata: { name: "web", namespace: "shop" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" }, annotations },
      spec: { containers: [{ name: "web", image: "web", resources: { requests: { cpu: "100m" } } }] },
    },
  },
});

describe("the stand-in for the kubernetes plugin on a real API", function () {
  this.timeout(180_000);
  let harness: KubernetesBed;
  let plugin: RunningPlugin;
  let client: PluginClient;

  before(async () => {
    harness = await makeKubernetesBed();
    plugin = await startKubernetesPlugin(harness.env, {
      kubeconfig: harness.kubeconfig,
      clusterIdentifier: name,
      enablePatchForce: true,
    });
    client = plugin.client;
  });
  after(async () => {
    plugin.stop();
    await harness.remove();
  });

  const kubectl = (...args: string[]): Promise<string> => harness.bench.kubectl(name, args);
  const checked = async (kind: Type, news: Props): Promise<Props> => {
    const { inputs, failures } = await client.check(types[kind], "r", news);
    expect(failures).to.deep.equal([]);
    return inputs;
  };
  const create = async (kind: Type, news: Props): Promise<{ id: string; outputs: Props; inputs: Props }> => {
    const inputs = await checked(kind, news);
    return { inputs, ...(await client.create(types[kind], "r", inputs)) };
  };

  it("connects with the outputs' kubeconfig: kubectl and plugin use the proxy, and log in with kops", async () => {
    const file = join(harness.layout.dir, "outputs.yaml");
    await writeFile(file, harness.kubeconfig);
    const { stdout } = await execa("kubectl", ["--kubeconfig", file, "auth", "whoami"], {
      env: harness.env,
      extendEnv: false,
    });
    expect(stdout).to.contain("system:masters");
    const without = Object.fromEntries(Object.entries(harness.env).filter(([key]) => key !== "HTTPS_PROXY"));
    const failed = await execa("kubectl", ["--kubeconfig", file, "get", "nodes"], {
      env: without,
      extendEnv: false,
      reject: false,
    });
    expect(failed.stderr).to.match(/no such host|lookup api\.k1\.sbx\.test/);
  });

  it("creates a namespace and a team's objects in it, of each kind", async () => {
    const { id, outputs } = await create("Namespace", { metadata: { name: "shop", labels: { team: "shop" } } });
    expect(id).to.equal("shop");
    expect(outputs["status"]).to.deep.equal({ phase: "Active" });
    expect(outputs["metadata"]).to.have.property("uid");
    expect((await create("ResourceQuota", quota("10"))).id).to.equal("shop/team");
    await create("LimitRange", {
      metadata: { name: "team", namespace: "shop" },
      spec: { limits: [{ type: "Container", defaultRequest: { cpu: "100m" } }] },
    });
    await create("NetworkPolicy", {
      metadata: { name: "deny", namespace: "shop" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
    await create("RoleBinding", {
      metadata: { name: "edit", namespace: "shop" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "shop" }],
    });
    await create("StorageClass", {
      metadata: { name: "gp3" },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
    });
    await create("PriorityClass", { metadata: { name: "high" }, value: 1000 });
    expect(await kubectl("get", "quota,limits,netpol,rolebindings", "-n", "shop", "-o", "name")).to.equal(
      [
        "resourcequota/team",
        "limitrange/team",
        "networkpolicy.networking.k8s.io/deny",
        "rolebinding.rbac.authorization.k8s.io/edit",
      ].join("\n"),
    );
    expect(await kubectl("get", "sc/gp3", "priorityclass/high", "-o", "name")).to.equal(
      "storageclass.storage.k8s.io/gp3\npriorityclass.scheduling.k8s.io/high",
    );
  });

  it("refuses to create an existing object, as the API would", async () => {
    expect((await rejection(create("ResourceQuota", quota("10")))).message).to.contain("it already exists");
  });

  it("does nothing without changes, and applies a change in place", async () => {
    const news = await checked("ResourceQuota", quota("20"));
    const olds = await checked("ResourceQuota", quota("10"));
    const before = await client.read(types.ResourceQuota, "r", "shop/team", olds, olds);
    const state = before?.state ?? {};
    expect(before?.inputs).to.deep.equal(olds);
    expect((await client.diff(types.ResourceQuota, "r", "shop/team", state, olds, olds)).changes).to.equal(false);
    const diff = await client.diff(types.ResourceQuota, "r", "shop/team", state, news, olds);
    expect(diff).to.deep.include({ changes: true, replaces: [], paths: { "spec.hard.pods": "UPDATE" } });
    const shown = await client.update(types.ResourceQuota, "r", "shop/team", state, news, {
      preview: true,
      oldInputs: olds,
    });
    expect(shown["spec"]).to.deep.equal({ hard: { pods: "20", "requests.cpu": "4" } });
    expect(await kubectl("get", "quota", "team", "-n", "shop", "-o", "jsonpath={.spec.hard.pods}")).to.equal("10");
    await client.update(types.ResourceQuota, "r", "shop/team", state, news, { oldInputs: olds });
    expect(await kubectl("get", "quota", "team", "-n", "shop", "-o", "jsonpath={.spec.hard.pods}")).to.equal("20");
  });

  it("shows drift of requested fields only, keeps others' additions, and reverts changes by force", async () => {
    const olds = await checked("ResourceQuota", quota("20"));
    const before = (await client.read(types.ResourceQuota, "r", "shop/team", olds, olds))?.state ?? {};
    await kubectl("label", "quota", "team", "-n", "shop", "somebody=else");
    await kubectl("patch", "quota", "team", "-n", "shop", "--type=merge", "-p", '{"spec":{"hard":{"pods":"99"}}}');
    const seen = await client.read(types.ResourceQuota, "r", "shop/team", before, olds);
    expect(seen?.inputs).to.deep.equal({ ...olds, spec: { hard: { pods: "99", "requests.cpu": "4" } } });

    const gentle = await startKubernetesPlugin(harness.env, { kubeconfig: harness.kubeconfig });
    try {
      const refused = await rejection(
        gentle.client.update(types.ResourceQuota, "r", "shop/team", seen?.state ?? {}, olds),
      );
      expect(refused.message).to.match(/conflict.*kubectl/s);
    } finally {
      gentle.stop();
    }
    await client.update(types.ResourceQuota, "r", "shop/team", seen?.state ?? {}, olds);
    expect(
      await kubectl(
        "get",
        "quota",
        "team",
        "-n",
        "shop",
        "-o",
        "jsonpath={.spec.hard.pods} {.metadata.labels.somebody}",
      ),
    ).to.equal("20 else");
  });

  it("replaces what the official plugin replaces, under the same name, deleting the old one first", async () => {
    const classOf = (type: string): Props => ({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "gp3" },
      provisioner: "ebs.csi.aws.com",
      parameters: { type },
    });
    const diff = await client.diff(types.StorageClass, "r", "gp3", classOf("gp3"), classOf("io2"), classOf("gp3"));
    expect(diff).to.deep.include({ replaces: ["parameters"], deleteBeforeReplace: true });
    // The preview of a replacement asks for a name that is in use.
    expect(
      (await client.create(types.StorageClass, "r", classOf("io2"), { preview: true })).outputs["parameters"],
    ).to.deep.equal({ type: "io2" });
    const value = (number: number): Props => ({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: number,
    });
    expect(
      (await client.diff(types.PriorityClass, "r", "high", value(1000), value(2000), value(1000))).replaces,
    ).to.deep.equal([]);
    expect((await rejection(client.update(types.PriorityClass, "r", "high", value(1000), value(2000)))).message)
      .to.match(/value/)
      .and.to.match(/immutable|may not be changed|Forbidden/);
  });

  it("waits for a deployment's rollout and a job's end, and keeps a failed object with the reason", async () => {
    const { outputs } = await create("Deployment", deployment());
    expect(outputs["status"]).to.deep.include({ availableReplicas: 2, updatedReplicas: 2 });
    const job = await create("Job", {
      metadata: { name: "once", namespace: "shop" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job" }] } } },
    });
    expect(job.outputs["status"]).to.deep.include({ succeeded: 1 });
    const never = await checked("Deployment", {
      ...deployment({ "pilot.local/never-ready": "true" }),
      metadata: { name: "stuck", namespace: "shop" },
    });
    const error = await rejection(client.create(types.Deployment, "r", never, { timeout: 2 }));
    expect(error.message).to.match(/waited 2 s for Deployment shop\/stuck; last state: 0 of 2 replicas are available/);
    expect(error).to.have.nested.property("metadata");
  });

  it("validates objects in a preview's dry run, except where they need what the run creates", async () => {
    const wrong = await checked("ResourceQuota", quota("ten"));
    expect(
      (
        await rejection(
          client.create(
            types.ResourceQuota,
            "r",
            { ...wrong, metadata: { name: "wrong", namespace: "shop" } },
            { preview: true },
          ),
        )
      ).message,
    ).to.match(/pods|quantities/);
    const early = await checked("ResourceQuota", { ...quota("1"), metadata: { name: "early", namespace: "later" } });
    expect((await client.create(types.ResourceQuota, "r", early, { preview: true })).outputs).to.deep.equal(early);
    const shown = await client.create(
      types.ServiceAccount,
      "r",
      await checked("ServiceAccount", { metadata: { name: "shown", namespace: "shop" } }),
      { preview: true },
    );
    expect(shown.outputs["metadata"]).to.have.property("uid");
    expect(await kubectl("get", "serviceaccount,quota", "-n", "shop", "-o", "name")).not.to.match(/shown|wrong/);
  });

  it("retries while the namespace does not exist yet", async () => {
    const inputs = await checked("ResourceQuota", { ...quota("1"), metadata: { name: "early", namespace: "later" } });
    const making = client.create(types.ResourceQuota, "r", inputs);
    await kubectl("create", "namespace", "later");
    expect((await making).id).to.equal("later/early");
  });

  it("waits until a namespace and its contents are deleted; a missing object is no error", async () => {
    await kubectl("create", "configmap", "held", "-n", "later");
    await kubectl(
      "patch",
      "configmap",
      "held",
      "-n",
      "later",
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":["pilot.local/held"]}}',
    );
    let gone = false;
    const going = client
      .delete(types.Namespace, "r", "later", { metadata: { name: "later" } })
      .then(() => (gone = true));
    await until(
      "the namespace is going",
      async () => (await kubectl("get", "namespace", "later", "-o", "jsonpath={.status.phase}")) === "Terminating",
    );
    expect(gone).to.equal(false);
    await kubectl(
      "patch",
      "configmap",
      "held",
      "-n",
      "later",
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":null}}',
    );
    await going;
    expect(await kubectl("get", "namespaces", "-o", "name")).not.to.contain("later");
    await client.delete(types.Namespace, "r", "later", { metadata: { name: "later" } });
    await client.delete("kubernetes:example.com/v1:Widget", "r", "none", { metadata: { name: "none" } });
    expect(await client.read(types.Namespace, "r", "later", {}, {})).to.equal(undefined);
  });

  it("treats another kubeconfig's cluster as another one, unless the cluster is identified", async () => {
    const elsewhere = harness.kubeconfig
      .replace(`server: https://api.${name}`, "server: https://127.0.0.1:6443")
      .replace("kubectl-auth", "kubectl-auth-of-tomorrow");
    expect(
      (await client.diffConfig({ kubeconfig: harness.kubeconfig }, { kubeconfig: elsewhere })).replaces,
    ).to.deep.equal(["kubeconfig"]);
    const identified = await client.diffConfig(
      { kubeconfig: harness.kubeconfig, clusterIdentifier: name },
      { kubeconfig: elsewhere, clusterIdentifier: name },
    );
    expect(identified).to.deep.include({ changes: true, replaces: [] });
    expect((await client.diffConfig({ clusterIdentifier: name }, { clusterIdentifier: "k2" })).replaces).to.deep.equal([
      "clusterIdentifier",
    ]);
  });

  it("logs in once for simultaneous requests", async () => {
    const counting = join(harness.layout.dir, "counting");
    const count = join(counting, "count");
    await mkdir(counting);
    await writeFile(
      join(counting, "kops"),
      `#!/bin/sh\necho login >> ${count}\nexec ${join(harness.layout.bin, "kops")} "$@"\n`,
      { mode: 0o755 },
    );
    const fresh = await startKubernetesPlugin(
      { ...harness.env, PATH: `${counting}:${harness.env["PATH"] ?? ""}` },
      { kubeconfig: harness.kubeconfig },
    );
    try {
      const read = await Promise.all(
        Array.from({ length: 8 }, () =>
          fresh.client.read(
            types.Namespace,
            "r",
            "shop",
            { metadata: { name: "shop" } },
            { metadata: { name: "shop" } },
          ),
        ),
      );
      expect(read.map((one) => one?.id)).to.deep.equal(Array.from({ length: 8 }, () => "shop"));
      expect(await readFile(count, "utf8")).to.equal("login\n");
    } finally {
      fresh.stop();
    }
  });
});
