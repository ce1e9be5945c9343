/**
 * Canonical's Ubuntu 24.04 as in the stable channel of kOps 1.35. Pinned here instead of left to the channel: a channel
 * that moves would change launch templates, and so roll every node without a commit.
 */
const images = {
  amd64: "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212",
  arm64: "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251212",
} as const;

export type Architecture = keyof typeof images;

/** Graviton types have a `g` right after the generation (`m7g`, `c7gn`, `g5g`, `im4gn`); the first was called `a1`. */
const graviton = /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./;

export function architectureOf(machineType: string): Architecture {
  return graviton.test(machineType) ? "arm64" : "amd64";
}

/** The image a machine type starts from: the cluster's, one for all or by architecture, else the pinned one. */
export function imageFor(
  machineType: string,
  given?: string | Partial<Record<Architecture, string | undefined>>,
): string {
  const architecture = architectureOf(machineType);
  return (typeof given === "string" ? given : given?.[architecture]) ?? images[architecture];
}
