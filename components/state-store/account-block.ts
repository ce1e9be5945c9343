import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { ConfigError, messageOf } from "../../providers/kops/model/errors.ts";

/** What S3 Block Public Access of an account does to public buckets. `unknown`: why it could not be read. */
export type AccountBlock = { settings: readonly string[] } | { unknown: string };

/**
 * The settings in effect that make a public bucket impossible, by the account itself or by a policy of its organisation
 * (API reference of GetPublicAccessBlock of S3 Control). Whoever may not read them learns why: a refused read is not
 * "off".
 */
export async function readAccountBlock(options: pulumi.InvokeOptions): Promise<AccountBlock> {
  try {
    const { blockPublicPolicy, restrictPublicBuckets } = await aws.s3.getAccountPublicAccessBlock({}, options);
    return {
      settings: [
        ...(blockPublicPolicy ? ["BlockPublicPolicy"] : []),
        ...(restrictPublicBuckets ? ["RestrictPublicBuckets"] : []),
      ],
    };
  } catch (error) {
    const why = messageOf(error);
    // The AWS plugin's words for an account that has never set any of them.
    return /couldn't find resource|NoSuchPublicAccessBlockConfiguration/.test(why)
      ? { settings: [] }
      : { unknown: why };
  }
}

export interface AccountBlockArgs {
  stack: string;
  /** Account of the bucket. */
  account: string;
  block: AccountBlock;
  /** Whether the bucket is public already. */
  exists: boolean;
  /** Prints a warning. */
  say: (line: string) => void;
}

/** What to set where a public bucket is not possible. */
export const otherDiscovery =
  "set pilot:stateStore.discovery to cloudfront (a private bucket behind a distribution made here), to issuer: " +
  "https://… (an address of yours) or to none (no IAM roles for service accounts)";

/**
 * Refuses a public discovery bucket that could not be made. One that exists already stays: the run may be what repairs
 * its clusters.
 */
export function refuseBlockedAccount({ stack, account, block, exists, say }: AccountBlockArgs): void {
  if ("unknown" in block) {
    if (!exists)
      say(
        `whether the account ${account} blocks public access to S3 is not known: ${block.unknown}. If it does, the up ` +
          "fails at the policy of the discovery bucket: allow s3:GetAccountPublicAccessBlock to this run, or choose " +
          "another pilot:stateStore.discovery",
      );
    return;
  }
  if (block.settings.length === 0) return;
  const why =
    `the account ${account}, or its organisation, blocks public access to S3 (${block.settings.join(", ")}), and the ` +
    "discovery bucket must be public";
  if (exists)
    say(`AWS can no longer check tokens of service accounts: ${why}. See "Where AWS reads the keys" in the guide`);
  else
    throw new ConfigError({
      what: `The state store of the stack ${stack} cannot be made like this (nothing was changed)`,
      why,
      next: `${otherDiscovery}; docs/guide/state-store.md shows each`,
    });
}
