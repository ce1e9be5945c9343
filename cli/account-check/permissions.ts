import { allOf, awsClient } from "../../providers/kops/aws/client.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import type { Policy } from "../../components/state-store/policies.ts";
import type { Caller } from "../../providers/kops/aws/account.ts";
import type { Finding } from "./finding.ts";

const check = "permissions";

/** One question to IAM: whether these actions are allowed on these resources. */
export interface Question {
  actions: string[];
  /** Without any, all resources. */
  resources: string[];
  context: { key: string; values: string[] }[];
}

/** What stands for any text in a resource or a value. */
const sample = "pilot-check";

const listOf = (value: string | readonly string[]): string[] => [value].flat();

const concrete = (text: string): string => text.replaceAll("*", sample);

/**
 * The questions of a policy: one for each statement that allows something. IAM matches a resource by its text, so what
 * is open in it is filled with a sample. Conditions become what a call would have.
 */
export function questionsOf(policies: readonly Policy[]): Question[] {
  return policies
    .flatMap(({ Statement }) => Statement)
    .filter(({ Effect }) => Effect === "Allow")
    .map(({ Action, Resource, Condition }) => {
      const tests = Object.values(Condition ?? {});
      return {
        actions: listOf(Action),
        resources: listOf(Resource)
          .filter((one) => one !== "*")
          .map(concrete),
        context: tests
          .flatMap((keys) => Object.entries(keys))
          .map(([key, values]) => ({ key, values: listOf(values).map(concrete) })),
      };
    });
}

/** Who is asked about: a user, or the role of a session. Undefined for what IAM does not simulate. */
export function principalOf(arn: string): { user: string } | { role: string } | { root: true } | undefined {
  const [, , , , , rest = ""] = arn.split(":");
  if (rest === "root") return { root: true };
  if (rest.startsWith("user/")) return { user: arn };
  const role = /^assumed-role\/([^/]+)\//.exec(rest)?.[1];
  return role === undefined ? undefined : { role };
}

/** An action that IAM does not allow. */
export interface DeniedAction {
  action: string;
  by: "policy" | "organization" | "boundary" | "explicit";
}

const reasons: Readonly<Record<DeniedAction["by"], string>> = {
  policy: "",
  organization: " (service control policy)",
  boundary: " (permissions boundary)",
  explicit: " (denied explicitly)",
};

/** As many as fit into a line. */
const shown = 8;

/** What IAM said about all actions. */
export function permissionsFinding(principal: string, asked: number, denied: readonly DeniedAction[]): Finding {
  if (denied.length === 0)
    return { check, status: "ok", text: `${asked} actions are allowed to ${principal}, by simulation` };
  const names = denied.slice(0, shown).map(({ action, by }) => `${action}${reasons[by]}`);
  const more = denied.length > shown ? ` and ${denied.length - shown} more` : "";
  return {
    check,
    status: "failed",
    text: `${denied.length} of ${asked} actions are denied to ${principal}: ${names.join(", ")}${more}`,
    next: "give this identity the policies of docs/reference/policies.md",
  };
}

/** An answer of IAM for one action. */
interface Answer {
  EvalActionName?: string | undefined;
  EvalDecision?: string | undefined;
  ResourceSpecificResults?: readonly { EvalResourceDecision?: string | undefined }[] | undefined;
  OrganizationsDecisionDetail?: { AllowedByOrganizations?: boolean | undefined } | undefined;
  PermissionsBoundaryDecisionDetail?: { AllowedByPermissionsBoundary?: boolean | undefined } | undefined;
}

/** The actions that are not allowed on all resources, by name. */
export function deniedIn(answers: readonly Answer[]): DeniedAction[] {
  const found = new Map<string, DeniedAction>();
  for (const answer of answers) {
    const { EvalActionName: action = "", EvalDecision, ResourceSpecificResults: each = [] } = answer;
    const decisions = [EvalDecision, ...each.map(({ EvalResourceDecision }) => EvalResourceDecision)];
    const decision = decisions.find((one) => one !== "allowed");
    if (decision === undefined && EvalDecision !== undefined) continue;
    if (found.has(action)) continue;
    const by =
      answer.OrganizationsDecisionDetail?.AllowedByOrganizations === false
        ? "organization"
        : answer.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false
          ? "boundary"
          : decision === "explicitDeny"
            ? "explicit"
            : "policy";
    found.set(action, { action, by });
  }
  return [...found.values()].sort((one, other) => one.action.localeCompare(other.action));
}

/** Asks IAM whether the caller may do all that `policies` allow. IAM changes nothing and calls nothing for it. */
export async function checkPermissions(
  identity: AwsIdentity,
  { arn }: Caller,
  policies: readonly Policy[],
): Promise<Finding[]> {
  const who = principalOf(arn);
  if (who === undefined)
    return [{ check, status: "not known", text: `IAM simulates users and roles, and these credentials are ${arn}` }];
  if ("root" in who)
    return [
      {
        check,
        status: "warning",
        text: "these are the credentials of the account's root user, which may do everything",
        next: "work as a role or user of IAM",
      },
    ];
  const sdk = await import("@aws-sdk/client-iam");
  // IAM takes a few simulations a second.
  const client = awsClient(sdk.IAMClient, identity, { maxAttempts: 8 });
  // The ARN of a session has not the path of its role.
  const principal =
    "user" in who ? who.user : (await client.send(new sdk.GetRoleCommand({ RoleName: who.role }))).Role?.Arn;
  if (principal === undefined) throw new Error("IAM does not tell the ARN of the role");
  const questions = questionsOf(policies);
  const answers = await Promise.all(
    questions.map(({ actions, resources, context }) =>
      allOf(
        sdk.paginateSimulatePrincipalPolicy(
          { client },
          {
            PolicySourceArn: principal,
            ActionNames: actions,
            ...(resources.length > 0 && { ResourceArns: resources }),
            ContextEntries: context.map(({ key, values }) => ({
              ContextKeyName: key,
              ContextKeyType: values.length === 1 ? ("string" as const) : ("stringList" as const),
              ContextKeyValues: values,
            })),
          },
        ),
        (page) => page.EvaluationResults,
      ),
    ),
  );
  const asked = new Set(questions.flatMap(({ actions }) => actions)).size;
  return [permissionsFinding(principal, asked, deniedIn(answers.flat()))];
}
