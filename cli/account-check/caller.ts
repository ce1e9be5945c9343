import type { Caller } from "../../providers/kops/aws/account.ts";
import type { Finding } from "./finding.ts";

/** The accounts that a stack's config allows and forbids. */
export interface AllowedAccounts {
  /** `pilot:accountId`. */
  own?: string | undefined;
  /** `aws:allowedAccountIds`. */
  allowed?: readonly string[] | undefined;
  /** `aws:forbiddenAccountIds`. */
  forbidden?: readonly string[] | undefined;
}

/** Whether this is the stack's account. */
export function accountFinding({ account, arn }: Caller, region: string, accounts: AllowedAccounts): Finding {
  const { own, allowed, forbidden = [] } = accounts;
  const here = `${account} as ${arn}, in ${region}`;
  const wrong = [
    ...(own !== undefined && own !== account ? [`pilot:accountId is ${own}`] : []),
    ...(allowed !== undefined && !allowed.includes(account) ? [`aws:allowedAccountIds is ${allowed.join(", ")}`] : []),
    ...(forbidden.includes(account) ? [`aws:forbiddenAccountIds has it`] : []),
  ];
  if (wrong.length > 0)
    return {
      check: "account",
      status: "failed",
      text: `${here}; ${wrong.join(", and ")}`,
      next: "choose credentials of the stack's account (AWS_PROFILE, or `pulumi config set aws:profile`)",
    };
  if (own !== undefined || allowed !== undefined) return { check: "account", status: "ok", text: here };
  return {
    check: "account",
    status: "ok",
    text: `${here}; the config names no account, so the first up decides (\`pulumi config set pilot:accountId\`)`,
  };
}
