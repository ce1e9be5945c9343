const release = /^v?\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$/;

/**
 * The environment for kOps of one version. `KOPS_BASE_URL` says where nodes get nodeup and the like, as
 * `https://mirror.example.com/kops/1.36.2`, and from 1.36 on kOps takes its last part for its own version: it goes into
 * the store, image names and user data (BaseURL in pkg/nodemodel/wellknownassets). So that one variable serves clusters
 * of several versions, a release in that place becomes the cluster's own. Any other name, such as that of a build of
 * one's own, stays.
 */
export function withOwnAssets(env: NodeJS.ProcessEnv, version: string): NodeJS.ProcessEnv {
  const url = env["KOPS_BASE_URL"];
  const [, base, last = ""] = /^(.*\/)([^/]+)\/?$/.exec(url ?? "") ?? [];
  return base !== undefined && release.test(last) ? { ...env, KOPS_BASE_URL: `${base}${version}` } : env;
}
