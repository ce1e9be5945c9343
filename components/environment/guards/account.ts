import { ConfigError } from "../../../providers/kops/model/errors.ts";
import { isPlainObject } from "../../config/merge.ts";
import type { ResourceOutputs } from "./own-state.ts";

/** The AWS account of a stack, and where its state has it. */
export interface RecordedAccount {
  id: string;
  by: string;
}

const account = /^\d{12}$/;

/** Types whose ARN has the account of the clusters, and that Pilot makes nowhere else. */
const inOwnAccount = /^aws:(ec2\/|cloudwatch\/logGroup:|iam\/policy:)/;

/** Types that Pilot puts into an account: without one of them, a stack has nothing to lose by another account. */
const inAnAccount = /^(aws:|pulumi-nodejs:dynamic\/)/;

const accountIn = (arn: unknown): string => (typeof arn === "string" ? (arn.split(":")[4] ?? "") : "");

/**
 * The account of what a stack has: from the output `environment`, else, if its first `up` failed halfway, from the
 * outputs of a cluster, from an ARN, or from a computed bucket name.
 */
export function recordedAccount(resources: ResourceOutputs): RecordedAccount | undefined {
  const all = Object.entries(resources).map(([urn, one]) => ({ ...one, name: urn.split("::").at(-1) ?? "" }));
  if (!all.some(({ type }) => inAnAccount.test(type))) return undefined;
  const central = all.some(({ type, name }) => type === "pulumi:providers:aws" && name.endsWith("-store"));
  const found = [
    ...all.flatMap(({ type, outputs: { environment } }) =>
      type === "pulumi:pulumi:Stack" && isPlainObject(environment)
        ? [{ id: environment["accountId"], by: "its output `environment`" }]
        : [],
    ),
    ...all.flatMap(({ type, name, outputs }) =>
      type === "pilot:cluster:KubernetesCluster" ? [{ id: outputs["accountId"], by: `its cluster ${name}` }] : [],
    ),
    ...all.flatMap(({ type, outputs: { arn } }) =>
      inOwnAccount.test(type) ? [{ id: accountIn(arn), by: String(arn) }] : [],
    ),
    ...all.flatMap(({ type, outputs: { bucket } }) =>
      type === "aws:s3/bucket:Bucket" && !central
        ? [{ id: /-(?:state|oidc|logs)-(\d{12})-/.exec(String(bucket))?.[1], by: `its bucket ${String(bucket)}` }]
        : [],
    ),
  ];
  return found.find((one): one is RecordedAccount => typeof one.id === "string" && account.test(one.id));
}

/** The accounts that credentials may be for. */
export interface AccountArgs {
  stack: string;
  /** Account of the credentials. */
  actual: string;
  /** `pilot:accountId`. */
  desired?: string | undefined;
  recorded?: RecordedAccount | undefined;
}

/**
 * Refuses credentials of another account than the stack's. With them, everything would be made a second time there, and
 * the engine would forget what the stack has: the AWS plugin does not find it any more.
 */
export function refuseAccount({ stack, actual, desired, recorded }: AccountArgs): void {
  const of = recorded?.id ?? desired ?? actual;
  if (desired !== undefined && desired !== of)
    throw new ConfigError({
      what: `The stack ${stack} cannot change to the AWS account ${desired} (nothing was changed)`,
      why: `what it has is in the account ${of}, by ${recorded?.by ?? ""}; pilot:accountId is ${desired}`,
      next: `put pilot:accountId back, or make a new stack for the other account`,
    });
  if (of === actual) return;
  throw new ConfigError({
    what: `These AWS credentials are for another account than the stack ${stack} (nothing was changed)`,
    why:
      `they are for the account ${actual}; ` +
      (recorded
        ? `what the stack has is in the account ${of}, by ${recorded.by}`
        : `pilot:accountId is ${of}, and the stack has nothing yet`),
    next:
      "choose the credentials of that account (AWS_PROFILE, or `pulumi config set aws:profile`), then run the same " +
      "command again" +
      (recorded ? "; to move to another account, make a new stack there" : ""),
  });
}
