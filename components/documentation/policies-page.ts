import { mostCharacters, policyNames, readPolicy, rolePolicies } from "../pipeline/index.ts";
import { breakGlassPolicy, operatorPolicy, type Policy } from "../state-store/policies.ts";

const purposes: Record<(typeof policyNames)[number], string> = {
  reads: "What every run looks at: the cloud, DNS, roles, settings of the buckets.",
  preview: "What only a preview or a destroy plan reads: the store and Pulumi's state. It includes the clusters' keys.",
  clusters: "Groups, load balancers, security groups, records and queues of clusters.",
  "node-roles":
    "Roles and instance profiles that kOps makes for nodes and service accounts, and the issuers of their tokens. " +
    "With `nodeBoundary`, only roles inside that boundary.",
  store: "Objects of the store, Pulumi's state, roles in other accounts. No version of an object can be deleted.",
  network: "VPC, subnets, gateways, endpoints, peerings, zones, flow logs.",
  guard:
    "What no `up` may do, whatever else allows it: change the pipeline's roles and policies, delete versions of the " +
    "store's objects, its buckets or keys, change what keeps them, or take over what another stack has tagged.",
  buckets: "The store's buckets, their settings and their key; `purge`.",
  pipeline: "Roles and policies of the pipeline, and GitHub's OIDC provider. Whoever has it can get every right.",
  boundary: "Permissions boundary of the pipeline's roles: its services only, and no users.",
};

const shown = (policy: Policy): string => `\`\`\`json\n${JSON.stringify(policy, undefined, 2)}\n\`\`\``;

const use = { buckets: { state: "${stateBucket}", discovery: "${discoveryBucket}" }, partition: "${partition}" };

/** The page of all IAM policies. */
export function policiesPage(generated: string): string {
  const rows = Object.entries(rolePolicies).map(
    ([role, names]) => `| \`${role}\` | ${names.map((name) => `[${name}](#${name})`).join(", ")} |`,
  );
  const parts = policyNames.map(
    (name) =>
      `## ${name}\n\n${purposes[name]} [JSON](../../components/pipeline/policies/${name}.json)\n\n` +
      shown(readPolicy(name)),
  );
  return `${generated}

# IAM policies

What each role needs, as recorded on the local cloud and completed with what only AWS shows. \`\${…}\` differs by environment; a list gives one item for each. A statement whose \`\${…}\` is not given is left out. [\`pilot:pipeline\`](../guide/pull-requests.md#setting-it-up) makes the roles of a stack; \`npx pilot policy ROLE --stack STACK\` prints the policies of one with its values.

| role | policies |
|---|---|
${rows.join("\n")}
| operator | [operator](#operator) |
| break-glass | [break-glass](#break-glass) |

\`up-clusters\` is the \`up\` of a stack with \`pilot:environment\`; clusters with \`network: own\` need \`up\`. \`owner\` makes and destroys the environment. \`store-owner\` is \`pilot:stateStore.role\` in a central account. Every policy fits into a managed policy (${mostCharacters.managed} characters without white space).

${parts.join("\n\n")}

## operator

\`stateStore.policies.operators\`: looks at manifests, journals and locks.

${shown(operatorPolicy(use))}

## break-glass

\`stateStore.policies.breakGlass\`: makes admin certificates.

${shown(breakGlassPolicy(use))}
`;
}
