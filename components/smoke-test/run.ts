import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api, V1Pod, VersionApi } from "@kubernetes/client-node";
import type { KubeConfig } from "@kubernetes/client-node";
import { apart } from "../../providers/kops/http/stop.ts";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { loginInputs, type LoginRequest } from "../../providers/kops/kops-cli/login.ts";
import { adminConfig, apiClient } from "../../providers/kops/kubernetes/api-client.ts";
import { withContext, type OperationContext } from "../../providers/kops/operation/context.ts";
import { runChecks, type Asked, type ClusterApi } from "./checks.ts";

/** What `SmokeTest` asks for: the checks, and how to log in to the cluster. */
export interface ProbeRequest extends Asked {
  login: LoginRequest;
}

/** Milliseconds for one call: the check is repeated. */
const timeout = 10_000;

/** The API's own message, where it answered. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ApiException)) return messageOf(error);
  const body: unknown = error.body;
  try {
    const { message } = JSON.parse(typeof body === "string" ? body : JSON.stringify(body)) as { message?: string };
    return message ?? `the API answers ${error.code}`;
  } catch {
    return `the API answers ${error.code}: ${String(body).slice(0, 200)}`;
  }
}

/** Logs in with an admin certificate of an hour, by the connection that `PILOT_ACCESS` chooses. */
function clusterApi(context: OperationContext, namespace: string): ClusterApi {
  let config: KubeConfig | undefined;
  const loggedIn = async (): Promise<KubeConfig> =>
    (config ??= await adminConfig(context, "1h", "smoke-test.kubeconfig"));
  const core = async (): Promise<CoreV1Api> => apiClient(await loggedIn(), CoreV1Api, { timeout });
  const answered = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw new Error(reasonOf(error), { cause: error });
    }
  };
  const unless = (code: number) => (error: unknown) => {
    if (!(error instanceof ApiException && error.code === code)) throw error;
  };
  return {
    answers: () =>
      answered(async () => {
        await apiClient(await loggedIn(), VersionApi, { timeout }).getCode();
      }),
    nodes: () => answered(async () => (await (await core()).listNode()).items),
    createPod: (pod) =>
      answered(async () => {
        const body = Object.assign(new V1Pod(), pod);
        await (await core()).createNamespacedPod({ namespace, body }).catch(unless(409));
      }),
    pod: (name) => answered(async () => await (await core()).readNamespacedPod({ namespace, name })),
    // Also when the test was stopped.
    deletePod: (name) =>
      apart(() =>
        answered(async () => {
          await (await core()).deleteNamespacedPod({ namespace, name }).catch(unless(404));
        }),
      ),
  };
}

/** Runs the test and prints its report. Returns the exit code. */
export async function main({ login, ...asked }: ProbeRequest): Promise<number> {
  // Standard output is for the report alone; the provider's progress goes there otherwise.
  Object.assign(console, { log: console.error });
  const say = (text: string): void => {
    process.stderr.write(`[${login.name}] ${text}\n`);
  };
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      stop.abort(new Error("the test was stopped"));
    });
  const began = Date.now();
  const seconds = (): number => Math.round((Date.now() - began) / 100) / 10;
  const failed = (reasons: readonly string[]): number => {
    say(`the smoke test of ${login.name} failed after ${seconds()} s:`);
    for (const reason of reasons) say(`  ${reason}`);
    say("next: look at nodes and pods with the cluster's kubeconfig; the next `pulumi up` tests again");
    return 1;
  };
  try {
    const checks = await withContext(loginInputs(login), "smoke-test", stop.signal, (context) =>
      runChecks(clusterApi(context, asked.namespace), asked, {
        say,
        now: Date.now,
        sleep: (milliseconds) => sleep(milliseconds, undefined, { signal: stop.signal }),
        suffix: randomBytes(4).toString("hex"),
      }),
    );
    const wrong = Object.entries(checks).flatMap(([name, { ok, why = "" }]) => (ok ? [] : [`${name}: ${why}`]));
    if (wrong.length > 0) return failed(wrong);
    const report = { cluster: login.name, ok: true, at: new Date(began).toISOString(), seconds: seconds(), checks };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  } catch (error) {
    return failed(messageOf(error).split("\n"));
  }
}
