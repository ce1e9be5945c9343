import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ToolContext } from "./context.ts";
import { systemOf, unpackDebian, withLibraries } from "./debian.ts";
import { onPath } from "./installed.ts";
import { acquire } from "./recipe.ts";

/** Shells that complete `pilot` and that a machine may lack. */
export type OtherShell = "zsh" | "fish";

/** A shell that tests read completion scripts with: an installed one, else Debian's package, unpacked in the cache. */
export async function ensureShell(context: ToolContext, shell: OtherShell): Promise<string> {
  return await acquire(context, {
    name: shell,
    file: join(context.layout.cache, "shells", `${await systemOf()}-${shell}`, shell),
    installed: async () => (await onPath(shell, context.env))[0],
    build: async (folder, detail) => {
      await unpackDebian(context, { what: shell, packages: [shell], folder, next: `install ${shell}` }, detail);
      const start = `for bin in usr/bin bin; do
  [ ! -x "$here/root/$bin/${shell}" ] || exec "$here/root/$bin/${shell}" "$@"
done
exit 127
`;
      await writeFile(join(folder, shell), `${withLibraries}\n${start}`);
      await chmod(join(folder, shell), 0o755);
    },
    building: `Unpacking Debian's package of ${shell}`,
  });
}
