import { buildEnvironment } from "./components/environment/index.ts";

/**
 * The outputs of the stack (docs/reference/outputs.md): `environment`, `network`, `dns`, `stateStore` and `clusters`,
 * and `pipeline` and `smokeTests` where it has them. One that is undefined would be a warning of each run.
 */
export default await buildEnvironment(import.meta.dirname);
