import { ExplainedError } from "../providers/kops/model/errors.ts";
import { newClusterFile } from "./new-cluster-file.ts";

try {
  console.log(newClusterFile(process.cwd(), process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ExplainedError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
