const kept = [
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "LC_ALL",
  "TZ",
  "PILOT_LOCAL_DIR",
  "PILOT_CACHE_DIR",
  "NODE_COMPILE_CACHE",
];

/**
 * The environment of the daemon and its children. It has none of the caller's AWS settings, proxies or kubeconfigs, so
 * that the processes can reach only this machine.
 */
export function childEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  // Without it, the SDK's notice about node versions is at the head of every log.
  return { ...env, GOGC: "400", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", ...extra };
}
