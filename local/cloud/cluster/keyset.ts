import { load } from "js-yaml";
import { z } from "zod";

const keysetFile = z.object({
  spec: z.object({
    primaryId: z.string(),
    keys: z.array(
      z.object({
        id: z.string(),
        publicMaterial: z.string(),
        privateMaterial: z.string().optional(),
        distrustTimestamp: z.unknown().optional(),
      }),
    ),
  }),
});

/** A key pair of kOps with its predecessors and successors, as in the state store. */
export interface Keyset {
  /** Certificate and private key that sign now, in PEM. */
  readonly primary: { readonly certificate: string; readonly key: string };
  /** Certificates of all trusted keys in PEM, the primary one first. */
  readonly trusted: readonly string[];
}

export function parseKeyset(yaml: string): Keyset {
  const { spec } = keysetFile.parse(load(yaml));
  const primary = spec.keys.find((key) => key.id === spec.primaryId);
  if (!primary?.privateMaterial) throw new Error(`the keyset has no private key for its primary ${spec.primaryId}`);
  const others = spec.keys.filter((key) => key !== primary && key.distrustTimestamp === undefined);
  return {
    primary: { certificate: decode(primary.publicMaterial), key: decode(primary.privateMaterial) },
    trusted: [primary, ...others].map((key) => decode(key.publicMaterial)),
  };
}

function decode(base64: string): string {
  return `${Buffer.from(base64, "base64").toString("utf8").trimEnd()}\n`;
}
