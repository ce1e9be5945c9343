// Tests a cluster from outside, as its users see it: the API answers, every node is ready with the desired version, and
// a pod is scheduled, starts and resolves names. Needs kubectl, and the kubeconfig's login program, on PATH.
//
// The request is JSON in SMOKE_TEST, the kubeconfig is in SMOKE_TEST_KUBECONFIG. The report is one line of JSON on
// standard output; progress goes to standard error. If a check does not pass in time, the exit code is 1, there is no
// report, and the last lines on standard error say which check failed and why.
//
// Node gets this script as text, so it imports only node's own modules.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const { cluster, kubernetesVersion, olderNodes, image, namespace, names, timeoutSeconds } = JSON.parse(
  process.env.SMOKE_TEST ?? "{}",
);
const began = Date.now();
const deadline = began + timeoutSeconds * 1000;
const interval = 1_000;

const say = (text) => process.stderr.write(`[${cluster}] ${text}\n`);

/** Ends a check: another try would fail again. */
class Final extends Error {}

let kubeconfig = "";

/** Runs kubectl and returns its output; throws its last error line. */
function kubectl(args, input) {
  return new Promise((resolve, reject) => {
    const running = spawn("kubectl", ["--kubeconfig", kubeconfig, "--request-timeout=10s", ...args]);
    let printed = "";
    let complained = "";
    running.stdout.on("data", (data) => (printed += data));
    running.stderr.on("data", (data) => (complained += data));
    running.once("error", (error) =>
      reject(error.code === "ENOENT" ? new Final("kubectl is not on PATH; install it where this program runs") : error),
    );
    running.once("close", (code) =>
      code === 0
        ? resolve(printed)
        : reject(new Error(complained.trim().split("\n").at(-1) || `kubectl ${args[0]} ended with ${code}`)),
    );
    // It may end before it has read all input; its exit code then tells why.
    running.stdin.on("error", () => undefined);
    running.stdin.end(input ?? "");
  });
}

/** Retries until the check passes, and prints each new reason why it does not. The report gets what it returns. */
async function check(what, ask) {
  const started = Date.now();
  let told = "";
  for (;;) {
    let why;
    try {
      const found = await ask();
      say(`${what}: passed`);
      return { ok: true, ...found, seconds: seconds(started) };
    } catch (error) {
      why = error.message;
      if (error instanceof Final) return { ok: false, why, seconds: seconds(started) };
    }
    if (Date.now() >= deadline) return { ok: false, why, seconds: seconds(started) };
    if (why !== told) say(`${what}: not yet: ${why}`);
    told = why;
    await sleep(Math.max(0, Math.min(interval, deadline - Date.now())));
  }
}

const seconds = (since) => Math.round((Date.now() - since) / 100) / 10;

async function apiAnswers() {
  await kubectl(["get", "--raw", "/readyz"]);
  return {};
}

async function nodesAreReady() {
  const { items } = JSON.parse(await kubectl(["get", "nodes", "-o", "json"]));
  const nodes = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (nodes.length === 0) throw new Error("there is no node");
  const wrong = nodes.flatMap(({ metadata, status }) => {
    const ready = status.conditions?.find(({ type }) => type === "Ready");
    const version = status.nodeInfo.kubeletVersion;
    return [
      ...(ready?.status === "True"
        ? []
        : [`${metadata.name} is not ready: ${ready?.message ?? "it has not reported anything yet"}`]),
      ...(version === `v${kubernetesVersion}` || olderNodes
        ? []
        : [`${metadata.name} runs ${version}, not v${kubernetesVersion}`]),
    ];
  });
  if (wrong.length > 0) throw new Error(wrong.join("; "));
  const versions = {};
  for (const { status } of nodes)
    versions[status.nodeInfo.kubeletVersion] = (versions[status.nodeInfo.kubeletVersion] ?? 0) + 1;
  return { nodes: nodes.length, versions };
}

// The kubelet shows the answers in the pod's status: no log needs to be fetched from the node.
const script = [
  'for name in "$@"; do',
  '  answer=$(nslookup "$name" 2>&1) || { printf "%s: %s" "$name" "$answer" | head -c 2000 > ' +
    "/dev/termination-log; exit 1; }",
  '  printf "%s %s\\n" "$name" "$(printf "%s" "$answer" | awk \'/^Address/ { found = $NF } END { print found ' +
    "}')\" >> /dev/termination-log",
  "done",
].join("\n");

const podOf = (name) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: { "app.kubernetes.io/name": "pilot-smoke-test" } },
  spec: {
    restartPolicy: "Never",
    activeDeadlineSeconds: timeoutSeconds,
    automountServiceAccountToken: false,
    nodeSelector: { "kubernetes.io/os": "linux" },
    securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "dns",
        image,
        command: ["sh", "-c", script, "dns", ...names],
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  },
});

/** Why a pod has not ended yet: not scheduled, no image, or still running. */
function waitsFor({ status = {} }) {
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return `the pod is not scheduled: ${scheduled.message ?? scheduled.reason}`;
  const waiting = status.containerStatuses?.[0]?.state?.waiting;
  if (waiting) return `the pod does not start: ${waiting.reason}${waiting.message ? ` (${waiting.message})` : ""}`;
  return `the pod is ${status.phase ?? "not seen by a node yet"}`;
}

/** Only whether a pod runs; a pod with a failed lookup did run. */
async function podRuns(ended) {
  const name = `pilot-smoke-test-${randomBytes(4).toString("hex")}`;
  let tried = false;
  let made = false;
  const make = async () => {
    tried = true;
    // If the answer to an earlier try was lost, the pod already exists.
    await kubectl(["create", "-f", "-"], JSON.stringify(podOf(name))).catch((error) => {
      if (!/already exists/i.test(error.message)) throw error;
    });
    made = true;
  };
  try {
    return await check("a scheduled pod", async () => {
      if (!made) await make();
      const pod = JSON.parse(await kubectl(["get", "pod", name, "-n", namespace, "-o", "json"]));
      const done = pod.status.containerStatuses?.[0]?.state?.terminated;
      if (!done || !["Succeeded", "Failed"].includes(pod.status.phase)) throw new Error(waitsFor(pod));
      ended(done);
      return { node: pod.spec.nodeName };
    });
  } finally {
    if (tried)
      await kubectl(["delete", "pod", name, "-n", namespace, "--ignore-not-found", "--wait=false"]).catch((error) =>
        say(`the test's pod ${namespace}/${name} is left behind: ${error.message}`),
      );
  }
}

/** The resolved names, each with an address. A node that shows no output (a simulated one) proves nothing. */
function namesResolved(done) {
  const said = done.message?.trim() ?? "";
  if (done.exitCode !== 0) return { ok: false, why: said || `the lookup ended with exit code ${done.exitCode}` };
  const addresses = Object.fromEntries(
    said
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ")),
  );
  return Object.keys(addresses).length > 0 ? { ok: true, addresses } : { ok: true, shown: false };
}

async function run() {
  const checks = {};
  checks.api = await check("the API", apiAnswers);
  if (!checks.api.ok) return checks;
  checks.nodes = await check("nodes", nodesAreReady);
  let done;
  checks.pod = await podRuns((terminated) => (done = terminated));
  if (done) checks.dns = namesResolved(done);
  return checks;
}

const folder = await mkdtemp(join(tmpdir(), "pilot-smoke-test-"));
try {
  kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, process.env.SMOKE_TEST_KUBECONFIG ?? "", { mode: 0o600 });
  const checks = await run();
  const failed = Object.entries(checks).filter(([, { ok }]) => !ok);
  if (failed.length === 0) {
    process.stdout.write(
      `${JSON.stringify({ cluster, ok: true, at: new Date(began).toISOString(), seconds: seconds(began), checks })}\n`,
    );
  } else {
    say(`the smoke test of ${cluster} failed after ${seconds(began)} s:`);
    for (const [name, { why }] of failed) say(`  ${name}: ${why}`);
    say("next: kubectl get nodes,pods -A with the cluster's kubeconfig; the next `pulumi up` tests again");
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
