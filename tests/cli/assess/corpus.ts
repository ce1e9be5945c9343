import yaml from "js-yaml";
import { manifestNames, readManifest } from "../../corpus/corpus.ts";
import { parseManifest } from "../../corpus/manifest.ts";
import type { StoredCluster } from "../../../cli/assess/stored.ts";

/** A manifest of the corpus as a store would have it; the ids of its placeholders are made up. */
export async function storedOf(slug: string): Promise<StoredCluster> {
  const text = (await readManifest(slug)).replace(/\$\{([a-z0-9-]+)\}/g, (_, word: string) =>
    /cidr/.test(word) ? `10.20.${word.charCodeAt(word.length - 1)}.0/24` : word,
  );
  const { name, cluster, instanceGroups, sshPublicKeys, additionalObjects } = parseManifest(text);
  return {
    ...{
      name,
      spec: { ...cluster, channel: "stable" },
      groups: instanceGroups,
      additionalObjects: additionalObjects ?? [],
    },
    sshPublicKeys: [...(sshPublicKeys ?? [])].map(String),
    kopsVersion: "1.35.0",
    owner: undefined,
    texts: yaml
      .loadAll(text)
      .flatMap((one) =>
        (one as { kind: string }).kind === "SSHCredential" ? [] : [yaml.dump(one, { lineWidth: -1 }).trim()],
      ),
  };
}

export { manifestNames };
