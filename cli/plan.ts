import { ConfigError } from "../providers/kops/model/errors.ts";
import type { PlanDocument } from "../providers/kops/plan/document/plan-document.ts";
import { planBlock } from "../providers/kops/plan/print/plan-block.ts";
import { withHeartbeat } from "../providers/kops/runtime/progress.ts";
import { lookOf } from "../providers/kops/runtime/terminal.ts";
import type { Look } from "../providers/kops/runtime/terminal.ts";
import { isStackName } from "../pull-requests/classify/paths.ts";
import type { PreviewDocument } from "../pull-requests/preview/document.ts";
import { previewStack } from "../pull-requests/preview/pulumi.ts";
import { isCluster, isShown } from "../pull-requests/preview/steps.ts";
import type { Result, Typed } from "./base/command.ts";
import type { Shell } from "./base/shell.ts";
import { project as here } from "./pr/values.ts";
import { paint } from "./status/style.ts";
import { stacksIn } from "./target/stacks.ts";

/** What an `up` would do to the clusters of a stack. */
export interface StackPlan {
  stack: string;
  status: PreviewDocument["status"];
  /** Why the preview failed. */
  problems: readonly string[];
  clusters: readonly PlanDocument[];
  /** Clusters that the program no longer has, by Pulumi name. */
  deleted: readonly string[];
  /** How many other resources would change. */
  otherResources: number;
}

/** Exit code when clusters would change, as that of `terraform plan -detailed-exitcode`. */
const changesCode = 2;

/** The word is the full name of a cluster, or the part before the first dot. */
const isMeant = (name: string, words: readonly string[]): boolean =>
  words.length === 0 ||
  words.some((word) => word === name || word === name.split(".")[0] || word.split(".")[0] === name);

/** The clusters of a preview, as far as they are asked for. */
export function planOf(preview: PreviewDocument, words: readonly string[]): StackPlan {
  const { stack, status, problems, clusters, resources } = preview;
  return {
    ...{ stack, status, problems },
    clusters: clusters.filter(({ cluster }) => isMeant(cluster, words)),
    deleted: resources
      .filter((one) => isCluster(one) && one.op.startsWith("delete") && isMeant(one.name, words))
      .map(({ name }) => name),
    otherResources: resources.filter(isShown).length,
  };
}

/** The plans as text, each as a preview prints it. */
export function planText({ stack, clusters, deleted, otherResources }: StackPlan, look: Look): string {
  const blocks = clusters.map((document) =>
    [
      paint(look, "cyan", document.cluster),
      ...planBlock(document).map((line) => `  ${line.paint ? paint(look, line.paint, line.text) : line.text}`),
    ].join("\n"),
  );
  const gone = deleted.map(
    (name) =>
      `${paint(look, "cyan", name)}\n  ${paint(look, "red", "the whole cluster is deleted")}: npx pilot destroy-plan ${name} shows it`,
  );
  return [
    ...(blocks.length + gone.length > 0 ? [...blocks, ...gone] : [`No cluster of ${stack} changes.`]),
    ...(otherResources > 0
      ? [
          `${otherResources} other ${otherResources === 1 ? "resource changes" : "resources change"}: pulumi preview --stack ${stack}`,
        ]
      : []),
  ].join("\n");
}

type PlanTyped = Typed<"stack", "json">;

function stackFor({ options, refusal }: PlanTyped, project: string): string {
  const { stack } = options;
  if (stack !== undefined) {
    if (isStackName(stack)) return stack;
    throw refusal(`${JSON.stringify(stack)} is not the name of a stack`);
  }
  const stacks = stacksIn(project);
  const [only, second] = stacks;
  if (only !== undefined && second === undefined) return only;
  if (only === undefined) throw refusal("the project has no Pulumi.<stack>.yaml");
  throw new ConfigError({
    what: "Which stack is meant?",
    why: `the project has ${stacks.join(", ")}`,
    next: `npx pilot plan --stack ${only}`,
  });
}

/** Shows what `pulumi up` would do to the clusters of a stack, by `pulumi preview`. Returns 2 if that is something. */
export async function plan(
  typed: PlanTyped,
  given: Partial<Shell>,
  preview: typeof previewStack = previewStack,
  print: (text: string) => void = console.log,
): Promise<Result> {
  const { env = process.env, project = here, progress = { say: console.error } } = given;
  const stack = stackFor(typed, project);
  const heartbeat = withHeartbeat(progress);
  let found: PreviewDocument;
  try {
    heartbeat.progress.say(`runs pulumi preview --stack ${stack}`);
    found = await preview({ folder: project, stack, env });
  } finally {
    heartbeat.stop();
  }
  const planned = planOf(found, typed.args);
  if (typed.options.json) print(JSON.stringify(planned, null, 2));
  else if (found.status === "planned" || planned.clusters.length > 0)
    print(planText(planned, lookOf(process.stdout, env)));
  if (found.status === "failed")
    throw new ConfigError({
      what: `The preview of ${stack} failed`,
      why: found.problems.join("\n  "),
      next: `correct that, and run the same command again; pulumi preview --stack ${stack} shows all of it`,
    });
  return planned.clusters.length + planned.deleted.length > 0 ? changesCode : 0;
}
