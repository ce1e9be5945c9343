import { accountOf } from "../providers/kops/aws/account.ts";
import { policiesOf, rolePolicies, type RoleName } from "../components/pipeline/roles.ts";
import { valuesFor } from "./account-check/needed-policies.ts";
import { readStack } from "./account-check/stack.ts";
import type { Typed } from "./base/command.ts";
import { project as here, stackOf } from "./pr/values.ts";

const roles = Object.keys(rolePolicies);

const isRole = (text: string | undefined): text is RoleName => text !== undefined && roles.includes(text);

/**
 * The IAM policies that a role needs for a stack, by name, as JSON. `--account`: twelve digits; without it AWS is asked
 * whose credentials these are.
 */
export async function policy(typed: Typed<"stack" | "account">, root = here): Promise<string> {
  const [role, ...more] = typed.args;
  if (!isRole(role) || more.length > 0) throw typed.refusal(`it takes one role: ${roles.join(", ")}`);
  const { account } = typed.options;
  if (account !== undefined && !/^\d{12}$/.test(account)) throw typed.refusal("an account has twelve digits");
  const stack = stackOf(typed);
  const { config, bucketsIn, zoneName } = await readStack(root, stack);
  const { region, aws } = config;
  const of = account ?? (await accountOf({ region, ...aws.identity }));
  const values = valuesFor({ region, account: of, stack, buckets: bucketsIn(of), zoneName, clusters: [] });
  return JSON.stringify(policiesOf(role, values), undefined, 2);
}
