import { z } from "zod";
import { manifestFile } from "./manifest/manifest-request.ts";
import { clusterRequest } from "./request/request.ts";

interface ObjectSchema {
  properties?: Record<string, unknown>;
  required?: string[];
}

const toJson = (schema: z.ZodType): ObjectSchema & Record<string, unknown> =>
  z.toJSONSchema(schema, { io: "input", target: "draft-7" });

/**
 * JSON Schema of a cluster file, for editors, from the same definition as the types and the checks. A file describes
 * the cluster or names a manifest; one list with the keys of both lets editors complete them before that is clear.
 */
export function clusterFileSchema(): Record<string, unknown> {
  const request = toJson(clusterRequest);
  const manifest = toJson(manifestFile);
  const { required, ...schema } = request;
  return {
    ...schema,
    properties: {
      ...request.properties,
      manifest: manifest.properties?.["manifest"],
      network: manifest.properties?.["network"],
    },
    if: { required: ["manifest"] },
    then: { required: manifest.required, propertyNames: { enum: Object.keys(manifest.properties ?? {}) } },
    else: { required },
    title: "Cluster",
    description: "A cluster of a stack: one file in clusters/<stack>/.",
  };
}

/** The text of `clusters/cluster.schema.json`. */
export function clusterFileSchemaText(): string {
  return `${JSON.stringify(clusterFileSchema(), null, 2)}\n`;
}
