import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { firstKnown } from "../../providers/kops/first-known.ts";
import type { SmokeTestRequest } from "./request.ts";

interface Check {
  ok: boolean;
  /** Why it did not pass. */
  why?: string;
  seconds?: number;
}

/** What a smoke test found: one entry per check. */
export interface SmokeTestReport {
  cluster: string;
  ok: boolean;
  /** When it began, ISO 8601. */
  at: string;
  seconds: number;
  checks: {
    api: Check;
    nodes?: Check & { nodes?: number; versions?: Record<string, number> };
    pod?: Check & { node?: string };
    /**
     * Names with an address of each. `shown: false` when the pod ended well and its node tells no more, as simulated
     * ones do.
     */
    dns?: Check & { addresses?: Record<string, string>; shown?: boolean };
  };
}

/** In the preview of a change, instead of a report that is not there yet. */
export interface PendingReport {
  pending: string;
}

export interface SmokeTestArgs {
  /** Full name, and a kubeconfig without a credential: `clusters.<name>` of a stack's outputs has both. */
  cluster: { name: pulumi.Input<string>; kubeconfig: pulumi.Input<string> };
  /** The version that nodes are to run, without `v`. */
  kubernetesVersion: pulumi.Input<string>;
  /** Whether nodes may be older: while rolls are held back on purpose. @default false */
  olderNodes?: boolean | undefined;
  /** What another value of calls for another test, such as the digest of the cluster's spec. */
  triggers: pulumi.Input<string>[];
  request: SmokeTestRequest;
}

const script = (): string => readFileSync(join(import.meta.dirname, "probe.mjs"), "utf8");

/**
 * Looks at a cluster after each change of it, from where the program runs: the API answers, nodes are ready on the
 * desired version, a pod is scheduled and resolves names. A test that fails fails the `up`, and is repeated by the next.
 *
 * The script goes along as text: it runs wherever the command plugin runs, and its place on disk is in no state.
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
