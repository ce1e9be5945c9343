import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { firstKnown, isKnown } from "../../providers/kops/first-known.ts";
import type { LoginRequest } from "../../providers/kops/kops-cli/login.ts";
import { programPath } from "../config/program-path.ts";
import type { Checks } from "./checks.ts";
import type { SmokeTestRequest } from "./request.ts";

/** The report of a smoke test, with one entry per check. */
export interface SmokeTestReport {
  cluster: string;
  ok: boolean;
  /** Start time, ISO 8601. */
  at: string;
  seconds: number;
  checks: Checks;
}

/** In the preview of a change, which has no report yet. */
export interface PendingReport {
  pending: string;
}

export interface SmokeTestArgs {
  /** The cluster, and how this program logs in to it. */
  login: LoginRequest;
  /** Expected version of the nodes, without `v`. */
  kubernetesVersion: pulumi.Input<string>;
  /** Whether nodes may have an older version because they are rolled later on purpose. @default false */
  olderNodes?: boolean | undefined;
  /** A change of these values runs the test again, such as the digest of the cluster's spec. */
  triggers: pulumi.Input<string>[];
  request: SmokeTestRequest;
}

/** Says in the preview of a change what will be tested after it: a test that does not pass fails the `up`. */
function announce(
  cluster: string,
  { image, namespace, timeoutSeconds }: SmokeTestRequest,
  report: pulumi.Output<SmokeTestReport>,
): void {
  if (!pulumi.runtime.isDryRun()) return;
  void isKnown(report).then((known) => {
    if (known) return;
    void pulumi.log.info(
      `after this change the smoke test of ${cluster} runs a pod of ${image} in namespace ${namespace}; if it does not ` +
        `pass within ${timeoutSeconds} s, the up fails (pilot:smokeTest)`,
    );
  });
}

/**
 * Tests a cluster after each change of it, from where the program runs: the API answers, nodes are ready with the
 * desired version, a pod is scheduled and resolves names. A failed test fails the `up`; the next `up` repeats it.
 *
 * It logs in and reaches the API as the cluster's provider does (`PILOT_ACCESS`), with the kOps of the cluster: it
 * needs nothing on PATH but node.
 */
export class SmokeTest extends pulumi.ComponentResource {
  readonly report: pulumi.Output<SmokeTestReport | PendingReport>;

  constructor(name: string, args: SmokeTestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:test:SmokeTest", name, {}, opts);
    const { login, kubernetesVersion, olderNodes = false, request, triggers } = args;
    const { image, namespace, names, timeoutSeconds } = request;
    const asked = pulumi.jsonStringify({
      login,
      kubernetesVersion,
      olderNodes,
      image,
      namespace,
      names,
      timeoutSeconds,
    });
    const run = new command.local.Command(
      name,
      {
        create: `node '${programPath(join(import.meta.dirname, "probe.mjs"))}'`,
        environment: { SMOKE_TEST: asked },
        logging: "stderr",
        triggers,
      },
      { parent: this },
    );
    const report = run.stdout.apply((text) => JSON.parse(text) as SmokeTestReport);
    announce(login.name, request, report);
    const before: Record<string, unknown> = { report: { pending: "tested after the change" } satisfies PendingReport };
    this.report = firstKnown<SmokeTestReport | PendingReport>(report, pulumi.output(before), "report");
    this.registerOutputs({ report: this.report });
  }
}
