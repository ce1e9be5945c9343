import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { nearest, parse, pathText } from "../config/problems.ts";
import { isPlainObject } from "../config/merge.ts";
import { clusterReference, clusterReferenceVersion, type ClusterReference } from "./cluster.ts";
import { environmentReference, environmentReferenceVersion, type EnvironmentReference } from "./environment.ts";

const versioned = z.object({ version: z.number() });

/** Reads a versioned output; `stack` and `output` name it in errors. */
function readVersioned<Schema extends z.ZodType>(
  schema: Schema,
  known: number,
  value: unknown,
  { stack, output }: { stack: string; output: string },
): z.output<Schema> {
  const what = `The output ${output} of the stack ${stack} cannot be used`;
  const version = versioned.safeParse(value).data?.version;
  if (version === undefined)
    throw new ConfigError({
      what,
      why: "it has no version: an older program wrote it",
      next: `run \`pulumi up --stack ${stack}\` with the current one`,
    });
  if (version !== known)
    throw new ConfigError({
      what,
      why: `it has version ${version}, but this program reads version ${known}`,
      next: version > known ? "update this program" : `run \`pulumi up --stack ${stack}\` with the current program`,
    });
  const parsed = parse(schema, value);
  if (parsed.ok) return parsed.value;
  const why = parsed.issues.map(({ path, message }) => `${pathText(path)}: ${message}`).join("\n  ");
  throw new ConfigError({ what, why, next: `run \`pulumi up --stack ${stack}\`, which writes it again` });
}

/** The cluster `name` in a stack's output `clusters`; errors name `stack`. */
export function readCluster(clusters: unknown, name: string, stack: string): ClusterReference {
  const known = isPlainObject(clusters) ? Object.keys(clusters) : [];
  if (!isPlainObject(clusters) || !known.includes(name)) {
    const meant = nearest(name, known);
    const has = known.length === 0 ? "it has no clusters" : `it has ${known.join(", ")}`;
    throw new ConfigError({
      what: `The stack ${stack} has no cluster ${name}`,
      why: `${has}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      next: "use one of these names, or add the cluster's file and run `pulumi up` in that stack",
    });
  }
  return readVersioned(clusterReference, clusterReferenceVersion, clusters[name], {
    stack,
    output: `clusters.${name}`,
  });
}

/** The output `environment` of a stack; errors name `stack`. */
export function readEnvironmentOutput(environment: unknown, stack: string): EnvironmentReference {
  if (environment === undefined || environment === null) {
    throw new ConfigError({
      what: `The stack ${stack} is not an environment`,
      why: "it has no output `environment`",
      next: `check the name, and run \`pulumi up --stack ${stack}\` first`,
    });
  }
  return readVersioned(environmentReference, environmentReferenceVersion, environment, {
    stack,
    output: "environment",
  });
}

/**
 * A cluster of another stack, by its name in that stack's files. Checked at run time, so that the error is here and not
 * in whatever uses it.
 *
 * ```ts
 * const cluster = clusterOf(new pulumi.StackReference("organization/pilot/prod-clusters"), "k1");
 * const provider = new kubernetes.Provider("k1", { kubeconfig: cluster.kubeconfig });
 * ```
 */
export function clusterOf(stack: pulumi.StackReference, name: string): pulumi.Output<ClusterReference> {
  return pulumi
    .all([stack.getOutput("clusters"), stack.name])
    .apply(([clusters, stackName]) => readCluster(clusters, name, stackName));
}

/** Full name of a stack for the backend; without a project it is a stack of the running project. */
export function fullStackName(reference: string, organization: string, project: string): string {
  const parts = reference.split("/");
  if (parts.length >= 3) return reference;
  return parts.length === 2 ? `${organization}/${reference}` : `${organization}/${project}/${reference}`;
}

/** The environment of a referenced stack, read at program start: cluster files are checked against zones and domain. */
export async function environmentOf(
  reference: string,
  owner: { organization: string; project: string },
): Promise<EnvironmentReference> {
  const name = fullStackName(reference, owner.organization, owner.project);
  const details = await new pulumi.StackReference(name).getOutputDetails("environment");
  return readEnvironmentOutput(details.value as unknown, name);
}
