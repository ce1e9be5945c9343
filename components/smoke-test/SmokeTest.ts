import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { firstKnown } from "../../providers/kops/first-known.ts";
import type { SmokeTestRequest } from "./request.ts";

interface Check {
  ok: boolean;
  /** Why it failed. */
  why?: string;
  seconds?: number;
}

/** The report of a smoke test, with one entry per check. */
export interface SmokeTestReport {
  cluster: string;
  ok: boolean;
  /** Start time, ISO 8601. */
  at: string;
  seconds: number;
  checks: {
    api: Check;
    nodes?: Check & { nodes?: number; versions?: Record<string, number> };
    pod?: Check & { node?: string };
    /** One address of each name. `shown: false` if the pod succeeded but its node shows no output (simulated nodes). */
    dns?: Check & { addresses?: Record<string, string>; shown?: boolean };
  };
}

/** In the preview of a change, which has no report yet. */
export interface PendingReport {
  pending: string;
}

export interface SmokeTestArgs {
  /** Full name, and a kubeconfig without a credential: `clusters.<name>` of a stack's outputs has both. */
  cluster: { name: pulumi.Input<string>; kubeconfig: pulumi.Input<string> };
  /** Expected version of the nodes, without `v`. */
  kubernetesVersion: pulumi.Input<string>;
  /** Whether nodes may have an older version because they are rolled later on purpose. @default false */
  olderNodes?: boolean | undefined;
  /** A change of these values runs the test again, such as the digest of the cluster's spec. */
  triggers: pulumi.Input<string>[];
  request: SmokeTestRequest;
}

const script = (): string => readFileSync(join(import.meta.dirname, "probe.mjs"), "utf8");

/**
 * Tests a cluster after each change of it, from where the program runs: the API answers, nodes are ready with the
 * desired version, a pod is scheduled and resolves names. A failed test fails the `up`; the next `up` repeats it.
 *
 * The script is passed as text: it runs where the command plugin runs, and no state contains its path.
 */
export class SmokeTest extends pulumi.ComponentResource {
  readonly report: pulumi.Output<SmokeTestReport | PendingReport>;

  constructor(name: string, args: SmokeTestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pilot:test:SmokeTest", name, {}, opts);
    const { cluster, kubernetesVersion, olderNodes = false, request, triggers } = args;
    const { image, namespace, names, timeoutSeconds } = request;
    const asked = pulumi.jsonStringify({
      cluster: cluster.name,
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
        create: "node --input-type=module -",
        stdin: script(),
        environment: { SMOKE_TEST: asked, SMOKE_TEST_KUBECONFIG: cluster.kubeconfig },
        logging: "stderr",
        triggers,
      },
      { parent: this },
    );
    const report = run.stdout.apply((text) => JSON.parse(text) as SmokeTestReport);
    const before: Record<string, unknown> = { report: { pending: "tested after the change" } satisfies PendingReport };
    this.report = firstKnown<SmokeTestReport | PendingReport>(report, pulumi.output(before), "report");
    this.registerOutputs({ report: this.report });
  }
}
