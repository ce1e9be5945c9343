// Looks at a cluster from outside, as its users do: does the API answer, is every node ready on the desired version, is
// a pod scheduled, started and able to resolve names. Needs kubectl, and whatever its kubeconfig logs in with, on PATH.
//
// What is asked for comes as JSON in SMOKE_TEST, the kubeconfig in SMOKE_TEST_KUBECONFIG. The report is one line of
// JSON on standard output; what it waits for is told on standard error. Exit code 1, and no report, when a check does
// not pass in time: the last lines on standard error say which, and why.
//
// It is handed to node as text, wherever that runs, so it imports nothing but node's own modules.
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

/** Ends the run: asking again would give the same answer. */
class Final extends Error {}

let kubeconfig = "";

/** Runs kubectl and returns what it prints; throws with what it complains about. */
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
    // It may end before it has read all of it; then its exit code says why.
    running.stdin.on("error", () => undefined);
    running.stdin.end(input ?? "");
  });
}

/**
 * Asks until the answer is good, and tells each new reason why it is not. What a check returns goes into the report.
 */
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
        : [`${metadata.name} is not ready: ${ready?.message ?? "it has not said anything yet"}`]),
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

// Each answer is left where the kubelet finds it, and shows it in the pod's status: no log has to be fetched from the
// node.
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

/** Why a pod has not ended yet: not scheduled, its image not there, or still at it. */
function waitsFor({ status = {} }) {
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return `the pod is not scheduled: ${scheduled.message ?? scheduled.reason}`;
  const waiting = status.containerStatuses?.[0]?.state?.waiting;
  if (waiting) return `the pod does not start: ${waiting.reason}${waiting.message ? ` (${waiting.message})` : ""}`;
  return `the pod is ${status.phase ?? "not seen by a node yet"}`;
}

/** Whether a pod ran is one thing, whether it found the names another: a failed look-up is a pod that ran. */
async function podRuns(ended) {
  const name = `pilot-smoke-test-${randomBytes(4).toString("hex")}`;
  let tried = false;
  let made = false;
  const make = async () => {
    tried = true;
    // Of an answer that was lost on the way the next one says that it is there.
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

/**
 * Names that resolved, with an address of each. A node that shows no answer (a simulated one) has not shown that they
 * do.
 */
function namesResolved(done) {
  const said = done.message?.trim() ?? "";
  if (done.exitCode !== 0) return { ok: false, why: said || `the look-up ended with exit code ${done.exitCode}` };
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
