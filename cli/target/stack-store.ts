import { accountOf as accountOfRole } from "../../components/aws/other-account.ts";
import { readStackConfig, type StackConfig } from "../../components/environment/config.ts";
import { bucketNames } from "../../components/state-store/create-state-store.ts";
import type { AwsIdentity } from "../../providers/kops/aws/identity.ts";
import { ConfigError, inOneLine } from "../../providers/kops/model/errors.ts";
import { readYaml, textsOf } from "../account-check/stack.ts";

/** The state store of a stack. */
export interface StackStore {
  url: string;
  /** The stack's own identity. */
  identity: AwsIdentity;
  /** How the store was found, for errors. */
  by: string;
}

function configOf(root: string, project: string, stack: string): StackConfig {
  const { config, problems } = readStackConfig(textsOf(readYaml(root, `Pulumi.${stack}.yaml`), project), project);
  if (config) return config;
  throw new ConfigError({
    what: `The state store of the stack ${stack} is not known: Pulumi.${stack}.yaml cannot be used`,
    why: problems.map(({ source, path, message }) => `${source}${path === "" ? "" : ` ${path}`} ${message}`).join("; "),
    next: "correct the file, or name the store as the first word: s3://bucket",
  });
}

/**
 * The store of a stack by its files alone: the bucket of its config, else the name that `pulumi up` computes from
 * project, stack, account and region. A stack of clusters has the store of its environment. AWS is asked for the
 * account only if no file has it.
 */
export async function storeOfStack(
  root: string,
  stack: string,
  accountOf: (identity: AwsIdentity) => Promise<string>,
): Promise<StackStore> {
  const { name } = readYaml(root, "Pulumi.yaml");
  const project = typeof name === "string" ? name : "";
  const own = configOf(root, project, stack);
  const maker = own.environment === undefined ? stack : (own.environment.split("/").at(-1) ?? own.environment);
  const config = own.environment === undefined ? own : configOf(root, project, maker);
  if (config.environment !== undefined)
    throw new ConfigError({
      what: `The state store of the stack ${stack} is not known`,
      why: `its environment ${maker} is itself a stack of clusters`,
      next: `correct pilot:environment in Pulumi.${stack}.yaml, or name the store as the first word: s3://bucket`,
    });
  const identity: AwsIdentity = { region: own.region, ...own.aws.identity };
  const { stateStore, region } = config;
  const file = `Pulumi.${maker}.yaml`;
  if (stateStore.stateBucket !== undefined)
    return { url: `s3://${stateStore.stateBucket}`, identity, by: `pilot:stateStore in ${file}` };
  const accountId = await accountIn(stack, config, identity, accountOf);
  const { state } = bucketNames(stateStore, { project, stack: maker, accountId, region });
  return { url: `s3://${state}`, identity, by: `${file} and the account ${accountId}` };
}

/** The account of the bucket. */
async function accountIn(
  stack: string,
  { stateStore: { role }, accountId }: Extract<StackConfig, { environment?: undefined }>,
  identity: AwsIdentity,
  accountOf: (identity: AwsIdentity) => Promise<string>,
): Promise<string> {
  if (role !== undefined) return accountOfRole(role);
  if (accountId !== undefined) return accountId;
  try {
    return await accountOf(identity);
  } catch (error) {
    throw new ConfigError(
      {
        what: `The state store of the stack ${stack} is not known`,
        why: `its name ends with the account, which no file has: ${inOneLine(error)}`,
        next:
          "log in to AWS, or set `pilot:accountId` in the stack's file, or name the store as the first word: " +
          "s3://bucket",
      },
      error,
    );
  }
}
