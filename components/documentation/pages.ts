import { z } from "zod";
import { manifestFile } from "../cluster/manifest/manifest-request.ts";
import { clusterRequest } from "../cluster/request/request.ts";
import { stackConfigKeys } from "../environment/config.ts";
import { awsKeys, type Reach } from "../aws/config-keys.ts";
import { clusterReference, environmentReference } from "../reference/index.ts";
import { policiesPage } from "./policies-page.ts";
import { versionsPage } from "./versions-page.ts";
import { rowsTable, schemaRows } from "../config/schema-rows.ts";

const generated = "<!-- Written by `npm run docs:reference`, from the definitions that the program checks with. -->";

function referencePage(): string {
  return `${generated}

# Outputs

What a stack tells other stacks and tools. Everything is in \`pulumi stack output --json\`. Nothing in it is a credential: a kubeconfig runs a program that logs in when it is used.

Each cluster and the environment have a \`version\`. Keys may be added under the same version; removing a key or changing its meaning needs a new one, and a reader of the old version says so. If an \`up\` fails, the stack's outputs stay as they were.

In TypeScript, read a cluster with \`clusterOf\`: it checks what it finds and says what is missing. \`serviceAccountTrust\` makes the trust policy of an IAM role for one service account. [examples/app](../../examples/app/README.md) shows both. Both are in the package \`pilot-outputs\` for programs in other repositories: \`npm run pack:outputs\` makes it, compiled and with types; \`npm install ./pilot-outputs-<version>.tgz\` (pnpm, yarn) or your registry takes it. It needs \`@pulumi/pulumi\` and \`zod\` only.

\`\`\`ts
const cluster = clusterOf(new pulumi.StackReference("organization/pilot/sbx"), "k1");
const trust = cluster.apply((k1) => serviceAccountTrust(k1, { namespace: "shop", name: "api" }));
\`\`\`

In [Python](../../examples/python/__main__.py), [Go](../../examples/go/main.go) and any other language, read the output \`clusters\` of a stack reference: it is plain data. Other tools read the JSON: [examples/helmfile](../../examples/helmfile/README.md).

*always* marks a key that exists whenever its parent does.

## A cluster: \`clusters.<name>\`

\`<name>\` is the \`name\` in the cluster's file, without the environment's domain.

${rowsTable(schemaRows(clusterReference, "output"))}

## The environment: \`environment\`

What [stacks of clusters](../guide/clusters.md#stacks-of-clusters) read.

${rowsTable(schemaRows(environmentReference, "output"))}

For people, there are also \`network\` (\`vpcId\`, \`vpcCidr\`, \`secondaryCidrs\`, \`ipv6Cidr\`, \`zones\`), \`dns\` (\`zoneName\`, \`zoneId\`, \`nameServers\` of a public zone) and \`stateStore\` (\`stateStore\`, \`discoveryBucket\`, \`issuer\`).
`;
}

function reachText(key: Reach): string {
  switch (key.reaches) {
    case "all":
      return "everything";
    case "notKops":
      return `all but kOps: ${key.why}`;
    case "plugin":
      return "the AWS plugin; nothing else needs it";
    case "refused":
      return `refused: ${key.why}`;
  }
}

const awsTable = (): string =>
  [
    "| key | reaches |",
    "|---|---|",
    ...Object.entries(awsKeys).map(([name, key]) => `| \`aws:${name}\` | ${reachText(key)} |`),
  ].join("\n");

function configurationPage(): string {
  const manifestOnly = schemaRows(manifestFile.pick({ manifest: true }), "input");
  return `${generated}

# Configuration

Every key, what it does, its default, and what it costs or interrupts. *always* marks a key that is required whenever its parent is given; \`<name>\` stands for a name of your own, \`[]\` for each item of a list.

## The stack: \`Pulumi.<stack>.yaml\`

Below \`config:\`, each with the prefix \`pilot:\`. \`aws:region\` is required too. A stack either makes an environment (\`network\`, \`dns\`, \`stateStore\`) or names one (\`environment\`). [Pulumi.sbx.yaml](../../Pulumi.sbx.yaml) is an example of a sandbox, [Pulumi.prod.yaml](../../Pulumi.prod.yaml) one for production, [Pulumi.prod-clusters.yaml](../../Pulumi.prod-clusters.yaml) its stack of clusters.

\`pulumi config set --path KEY VALUE\` writes digits as a number, and \`true\` and \`false\` as booleans. Where a key takes text, Pilot takes that text if only one is possible, and otherwise refuses the value; \`--type string\` writes text.

${rowsTable(schemaRows(z.object(stackConfigKeys), "input").map((row) => (row.path.includes(".") ? row : { ...row, required: false })))}

### The AWS plugin: \`aws:*\`

What the AWS plugin does with its own config, Pilot's providers for other accounts, its AWS clients and kOps do as well, as far as this table says. A key that only the plugin would follow is refused, or a line in each run says so. \`aws:allowedAccountIds\` is about the stack's account: roles in other accounts (\`stateStore.role\`, \`dns.parent.role\`, \`network.peerings.<name>.roleArn\`) are assumed after those of \`aws:assumeRoles\`.

${awsTable()}

## A cluster: \`clusters/<stack>/<name>.yaml\`

Examples: [cluster files](../guide/cluster-files.md).

${rowsTable(schemaRows(clusterRequest, "input"))}

### A kOps manifest instead

${rowsTable(manifestOnly)}

In addition \`kopsVersion\` and all keys from \`rollingUpdate\` on in the table above.
`;
}

/** Pages that are written from definitions, by their path from the root. */
export const pages = (): Record<string, string> => ({
  "docs/reference/outputs.md": referencePage(),
  "docs/reference/configuration.md": configurationPage(),
  "docs/reference/policies.md": policiesPage(generated),
  "docs/reference/kops-versions.md": `${generated}\n\n${versionsPage()}`,
});
