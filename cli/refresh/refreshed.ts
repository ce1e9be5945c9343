import { z } from "zod";
import { pinnedImages } from "../../components/cluster/request/machines.ts";
import { isPlainObject } from "../../components/config/merge.ts";
import type { PlainObject } from "../../components/config/merge.ts";
import { yamlDocuments } from "../../components/config/yaml.ts";
import { architecturesWithoutImage, effective, pinsIn, withImage, withPin } from "./pins.ts";
import { newerKubernetes } from "./kubernetes.ts";
import type { Patches } from "./kubernetes.ts";
import { newerImage } from "./images.ts";
import type { ImageSource, Newer } from "./images.ts";

/** Files of a stack with newer versions. */
export const refreshed = z.object({
  version: z.literal(1),
  stack: z.string(),
  /** What is raised, and what is not and why, one line each. */
  raised: z.array(z.string()),
  kept: z.array(z.string()),
  /** New texts, by path. */
  files: z.record(z.string(), z.string()),
});

export type Refreshed = z.infer<typeof refreshed>;

/** What to look for, and where. Absent: left out. */
export interface Sources {
  images?: ImageSource | undefined;
  patches?: Patches | undefined;
}

export interface StackFiles {
  stack: string;
  /** Texts of the stack file and the cluster files, by path. */
  texts: ReadonlyMap<string, string>;
}

const stackPath = (stack: string): string => `Pulumi.${stack}.yaml`;

/** The config of a stack, by key. */
export function configIn(text: string | undefined): PlainObject {
  const value = yamlDocuments(text ?? "").documents[0]?.value;
  return isPlainObject(value) && isPlainObject(value["config"]) ? value["config"] : {};
}

/** Looks for newer images and patches of Kubernetes in the files of a stack. Changes nothing. */
export async function refresh({ stack, texts }: StackFiles, { images, patches }: Sources): Promise<Refreshed> {
  const config = configIn(texts.get(stackPath(stack)));
  const result: Refreshed = { version: 1, stack, raised: [], kept: [], files: {} };
  const note = (place: string, value: string, newer: Newer): string | undefined => {
    if (newer === "newest") return undefined;
    if ("none" in newer) result.kept.push(`${place}: ${value} ${newer.none}`);
    else result.raised.push(`${place}: ${value} -> ${newer.to}`);
    return "to" in newer ? newer.to : undefined;
  };
  for (const [path, before] of texts) {
    const file = path === stackPath(stack) ? "stack" : "cluster";
    const value = yamlDocuments(before).documents[0]?.value;
    const request = effective(
      file === "cluster" && isPlainObject(value) ? value : {},
      config["pilot:clusterDefaults"],
      config["pilot:clusterOverrides"],
    );
    let text = before;
    // From the end, so that earlier places stay where they are.
    for (const pin of pinsIn(before, file).sort((a, b) => b.from - a.from)) {
      const newer =
        pin.kind === "image"
          ? images && (await newerImage(images, pin.value))
          : patches && (await newerKubernetes(patches, pin.value, request["kopsVersion"]));
      const next = newer && note(`${path}: ${pin.path}`, pin.value, newer);
      if (next !== undefined) text = withPin(text, pin, next);
    }
    if (images && file === "cluster") {
      const found: Record<string, string> = {};
      const place = `${path}: image, the program's`;
      for (const architecture of architecturesWithoutImage(request)) {
        const newer = await newerImage(images, pinnedImages[architecture]);
        const written = newer !== "newest" && "to" in newer ? withImage(text, { [architecture]: newer.to }) : "";
        const shown = written === undefined ? { none: "cannot be named in this file, which is in flow style" } : newer;
        const next = note(place, pinnedImages[architecture], shown);
        if (next !== undefined) found[architecture] = next;
      }
      if (Object.keys(found).length > 0) text = withImage(text, found) ?? text;
    }
    if (text !== before) result.files[path] = text;
  }
  return result;
}
