import { execa } from "execa";
import type { AwsIdentity } from "../aws/identity.ts";
import type { KopsClusterInputs } from "../model/inputs.ts";
import { withScratch } from "../runtime/scratch.ts";
import { kopsBinary } from "./binary.ts";
import { serveCredentialsToKops } from "./credentials.ts";
import { kopsEnvironment, withOwnAssets } from "./environment.ts";
import { showLogin } from "./flags.ts";

/** How this program logs in to a cluster: with its kOps and its AWS identity. */
export type LoginRequest = AwsIdentity &
  Pick<KopsClusterInputs, "name" | "stateStore" | "kopsVersion" | "featureFlags">;

/** The same as inputs of work that looks at no spec and takes no lock. */
export const loginInputs = (login: LoginRequest): KopsClusterInputs => ({
  ...login,
  owner: "",
  cluster: {},
  instanceGroups: {},
});

/**
 * An ExecCredential, JSON: kOps signs an admin certificate of an hour with the key in the state store.
 *
 * Errors: ConfigError if there is no such kOps; kOps's own, on standard error.
 */
export function login(request: LoginRequest, env: NodeJS.ProcessEnv): Promise<string> {
  return withScratch(async (folder) => {
    const binary = await kopsBinary(request.kopsVersion, env);
    const credentials = await serveCredentialsToKops(request, folder, env);
    try {
      const { stdout } = await execa(binary, showLogin(request.name, request.stateStore), {
        env: kopsEnvironment(withOwnAssets(env, request.kopsVersion), {
          region: request.region,
          folder,
          credentials: credentials.env,
          featureFlags: request.featureFlags,
        }),
        extendEnv: false,
        stdin: "ignore",
        stderr: "inherit",
        timeout: 60_000,
      });
      return stdout;
    } finally {
      await credentials.close();
    }
  }, env);
}
