/** A command as a person types it, and the lines of its output that a guide shows. */
export interface Recording {
  readonly command: string;
  readonly output: readonly string[];
}

/** The text that is kept: the command first, as at a prompt. */
export const recordingText = ({ command, output }: Recording): string => `${[`$ ${command}`, ...output].join("\n")}\n`;

export function parseRecording(text: string): Recording {
  const [first = "", ...output] = text.trimEnd().split("\n");
  if (!first.startsWith("$ ")) throw new Error(`a recording begins with its command, not with ${first}`);
  return { command: first.slice(2), output };
}

/**
 * A recording without what differs between two good runs: times, ids, digests, ports. Durations of nodes differ with
 * the machine, so what is left says that the same was done, in the same order.
 */
export const settled = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?/g, "<time>")
    .replace(/\b\d\d:\d\d(:\d\d)?\b/g, "<time>")
    .replace(/\b(\d+h)?(\d+m)?\d+(\.\d+)?s\b|\b(\d+h)?\d+m\b/g, "<duration>")
    .replace(/\bi-[0-9a-f]{8,}\b/g, "<instance>")
    .replace(/\b(vpc|subnet|sg|lt|eni|rtb|nat|igw|vol)-[0-9a-f]{8,}\b/g, "$1-<id>")
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/g, "<id>")
    .replace(/\b(process|pid) \d+/g, "$1 <pid>")
    .replace(/(127\.0\.0\.1|localhost):\d+/g, "$1:<port>")
    // Which nodes a watch saw together.
    .replace(/(: replaced in \S+) \(\d+\/\d+\)/, "$1")
    .replace(/\b(\w+)@\S+/g, "<person>")
    // Which one of several.
    .replace(/(refers to missing dependency) \S+/, "$1 <urn>")
    .replace(/ +/g, " ")
    .trimEnd();
