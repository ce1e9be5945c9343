import { join } from "node:path";
import type { Layout } from "../base/layout.ts";
import { shellWord, writeScript } from "../base/scripts.ts";
import type { ToolPaths } from "../tools/index.ts";

/**
 * The local cloud records which permissions a verb needs under the role that this access key names
 * (`local/aws/authorization/`). Other credentials stay as they are.
 */
const asRoleOfVerb = [
  'if [ "$AWS_ACCESS_KEY_ID" = local ]; then',
  '  case " $* " in',
  '    *" preview "*|*" --preview-only "*) role=preview ;;',
  '    *" up "*|*" update "*|*" refresh "*|*" destroy "*|*" import "*) role=owner ;;',
  "    *) role= ;;",
  "  esac",
  '  [ -z "$role" ] || export AWS_ACCESS_KEY_ID="local-$role" AWS_SDK_UA_APP_ID="key-local-$role"',
  "fi",
];

/** The commands of the local cloud. Each runs the tool that belongs to this checkout. */
export async function writeWrappers(layout: Layout, tools: ToolPaths, defaultKops: string): Promise<void> {
  const kops = tools.kops[defaultKops];
  await writeScript(join(layout.bin, "pulumi"), [
    ...asRoleOfVerb,
    // Use the local cloud's project and stack files in any folder. The user's own `-C` comes later and wins.
    `exec ${shellWord(tools.pulumi)} -C ${shellWord(layout.stack)} "$@"`,
  ]);
  await writeScript(join(layout.bin, "kubectl"), [`exec ${shellWord(tools.kubectl)} "$@"`]);
  const command = join(layout.root, "local", "workspace", "kops-command.mjs");
  if (kops === undefined) return;
  await writeScript(join(layout.bin, "kops"), [
    // kOps takes the last part for its own version.
    `export KOPS_BASE_URL="\${KOPS_BASE_URL%/*}/${defaultKops}"`,
    `exec ${shellWord(process.execPath)} ${shellWord(command)} ${shellWord(kops)} "$@"`,
  ]);
}
