import { z } from "zod";
import { clusterRequest } from "./request.ts";

/** JSON Schema of a cluster file, for editors. Made from the same definition as the types and the checks. */
export function clusterFileSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(clusterRequest, { io: "input", target: "draft-7" });
  return { ...schema, title: "Cluster", description: "A cluster of a stack: one file in clusters/<stack>/." };
}

/** As it is written to `clusters/cluster.schema.json`. */
export function clusterFileSchemaText(): string {
  return `${JSON.stringify(clusterFileSchema(), null, 2)}\n`;
}
