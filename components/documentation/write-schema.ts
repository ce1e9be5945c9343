import { writeFileSync } from "node:fs";
import { clusterFileSchemaText } from "../cluster/file-schema.ts";

const file = new URL("../../clusters/cluster.schema.json", import.meta.url);
writeFileSync(file, clusterFileSchemaText());
console.log("clusters/cluster.schema.json written");
