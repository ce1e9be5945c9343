import { callerOf, type Caller } from "../providers/kops/aws/account.ts";
import type { AwsIdentity } from "../providers/kops/aws/identity.ts";
import { accountOf } from "../components/aws/other-account.ts";
import type { EnvironmentStackConfig } from "../components/environment/config.ts";
import { accountFinding } from "./account-check/caller.ts";
import { checkDelegation } from "./account-check/delegation.ts";
import { attempt, exitCodeOf, linesOf, summaryOf, type Finding } from "./account-check/finding.ts";
import { checkLimits } from "./account-check/limits.ts";
import { neededPolicies } from "./account-check/needed-policies.ts";
import { needsOf } from "./account-check/needs.ts";
import { checkPermissions } from "./account-check/permissions.ts";
import { checkEndpoints, checkZones, endpointsOf } from "./account-check/places.ts";
import { blockedIn, publicAccessFinding } from "./account-check/public-access.ts";
import { checkReferences } from "./account-check/references.ts";
import { readStack, type CheckedStack } from "./account-check/stack.ts";
import type { Detail } from "../providers/kops/runtime/long-work.ts";
import type { Result, Typed } from "./base/command.ts";
import { discoveryKind } from "../components/state-store/discovery.ts";
import { linesOn, step } from "../providers/kops/runtime/long-work.ts";
import { project as here, stackOf } from "./pr/values.ts";

/** Looks into the account of a stack before its first `up`. It reads only. */
export async function check(typed: Typed<"stack", "json">, root = here): Promise<Result> {
  const stack = stackOf(typed);
  const read = await readStack(root, stack);
  const { region, aws } = read.config;
  const identity = { region, ...aws.identity };
  const caller = await callerOf(identity);
  const account = accountFinding(caller, region, read.accounts);
  // In another account all other answers would be wrong.
  const lines = linesOn(process.stderr);
  const rest =
    account.status === "failed"
      ? []
      : await step(lines, "asking AWS", (detail) => checkAccount(stack, read, identity, caller, detail), {
          brief: true,
        });
  const findings = [account, ...rest];
  console.log(
    typed.options.json
      ? JSON.stringify({ stack, account: caller.account, region, findings }, undefined, 2)
      : [...linesOf(findings), summaryOf(findings)].join("\n"),
  );
  return exitCodeOf(findings);
}

/** All checks at the same time; one that AWS does not answer does not stop the others. */
async function checkAccount(
  stack: string,
  read: CheckedStack,
  identity: AwsIdentity,
  caller: Caller,
  detail: Detail,
): Promise<Finding[]> {
  const { config, clusters, zones, problems } = read;
  const environment = config.environment === undefined ? config : undefined;
  const needs = needsOf(environment?.network, clusters);
  const own = { stack, clusters: clusters.map(({ name }) => name) };
  const policies = neededPolicies({
    region: identity.region,
    account: caller.account,
    buckets: read.bucketsIn(caller.account),
    zoneName: read.zoneName,
    ...own,
    makesEnvironment: environment !== undefined,
  });
  const isPublic = environment && discoveryKind(environment.stateStore.discovery) === "public";
  const checks = [
    ...(isPublic ? [attempt("S3 Block Public Access", () => checkPublicAccess(identity, caller, environment))] : []),
    attempt("zones", () => checkZones(identity, zones)),
    attempt("VPC endpoints", () => checkEndpoints(identity, endpointsOf(environment?.network, identity.region))),
    ...clusters.map((one) => attempt(`machine types and images of ${one.name}`, () => checkReferences(identity, one))),
    ...(environment ? [attempt("hosted zone", () => checkDelegation(identity, environment.dns))] : []),
    checkLimits(identity, own, needs),
    attempt("permissions", () => checkPermissions(identity, caller, policies)),
  ];
  let done = 0;
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await check;
      detail(`${(done += 1)} of ${checks.length} checks`);
      return findings;
    }),
  );
  return [...problems, ...found.flat()];
}

/** In the account that has the buckets. */
async function checkPublicAccess(
  identity: AwsIdentity,
  caller: Caller,
  { stateStore: { role, externalId } }: EnvironmentStackConfig,
): Promise<Finding[]> {
  if (role === undefined) return [publicAccessFinding(caller.account, await blockedIn(identity, caller.account))];
  const account = accountOf(role);
  const assumeRole = { roleArn: role, ...(externalId !== undefined && { externalId }) };
  return [publicAccessFinding(account, await blockedIn({ ...identity, assumeRole }, account))];
}
