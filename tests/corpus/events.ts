import { z } from "zod";

const step = z.object({
  metadata: z.object({
    op: z.string(),
    urn: z.string(),
    new: z.object({ outputs: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  }),
});

const engineEvent = z.object({
  timestamp: z.number(),
  resourcePreEvent: step.optional(),
  resOutputsEvent: step.optional(),
  resOpFailedEvent: step.optional(),
  diagnosticEvent: z.object({ urn: z.string().optional(), message: z.string(), severity: z.string() }).optional(),
});

const observed = z.object({
  conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string() })),
});

/** What the engine did to one resource, by its events. */
export interface Deed {
  /** The engine's operation: `create`, `same`, `update`, `refresh`, `delete`. */
  op: string;
  failed: boolean;
  seconds: number;
  /** Errors that the engine printed for it. */
  errors: string[];
  /** Conditions that are not true, as text. */
  untrue: string[];
}

const clusterType = "pulumi-nodejs:dynamic/kops:Cluster";
const colours = /<\{%[^%]*%\}>/g;

/** What a command with `--json` did to each KopsCluster, by Pulumi name: it prints one engine event per line. */
export function deedsIn(output: string): Map<string, Deed> {
  const deeds = new Map<string, Deed & { began: number }>();
  const of = (urn: string, timestamp: number): (Deed & { began: number }) | undefined => {
    const [type = "", name = ""] = urn.split("::").slice(2);
    if (!type.endsWith(clusterType)) return undefined;
    const known = deeds.get(name) ?? { op: "", failed: false, seconds: 0, errors: [], untrue: [], began: timestamp };
    deeds.set(name, known);
    return known;
  };
  for (const line of output.split("\n").filter((one) => one.startsWith("{"))) {
    const event = engineEvent.parse(JSON.parse(line));
    const {
      timestamp,
      resourcePreEvent: began,
      resOutputsEvent: ended,
      resOpFailedEvent: failed,
      diagnosticEvent: said,
    } = event;
    for (const about of [began, ended, failed]) {
      const deed = about && of(about.metadata.urn, timestamp);
      if (!deed) continue;
      if (about === began) deed.began = timestamp;
      deed.op = about.metadata.op;
      deed.seconds = timestamp - deed.began;
      if (about === failed) deed.failed = true;
      const outputs = observed.safeParse(about.metadata.new?.outputs);
      if (outputs.success)
        deed.untrue = outputs.data.conditions
          .filter(({ status }) => status !== "True")
          .map(({ type, message }) => `${type}: ${message}`);
    }
    if (said?.severity === "error" && said.urn !== undefined)
      of(said.urn, timestamp)?.errors.push(said.message.replace(colours, "").trim());
  }
  return deeds;
}
