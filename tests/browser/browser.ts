import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/*
 * A headless Chromium, driven by its own DevTools protocol over two pipes: no port that another process could open, and
 * no further package.
 */

const message = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  sessionId: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
type Message = z.infer<typeof message>;

/** Milliseconds for one answer of the browser. */
const patience = 60_000;

/** How a page is looked at. */
export interface View {
  width: number;
  height?: number;
  scheme?: "light" | "dark";
  media?: "screen" | "print";
  /** Pixels per CSS pixel. */
  scale?: number;
}

/** A page in the browser. */
export interface Page {
  /** Opens a file and waits until it is loaded. */
  open(file: string): Promise<void>;
  view(view: View): Promise<void>;
  /** The value of an expression in the page, as JSON. */
  evaluate(expression: string): Promise<unknown>;
  /** Presses a key, such as Tab or Enter. */
  press(key: "Tab" | "Enter"): Promise<void>;
  /** A picture of the top of the page, PNG. */
  picture(height?: number): Promise<Buffer>;
  /** The page on paper, PDF. */
  print(): Promise<Buffer>;
  /** What the page reported: errors, warnings, and what its policy blocked. */
  readonly complaints: readonly string[];
  /** Addresses that the page asked for, other than itself. */
  readonly requests: readonly string[];
}

export interface Browser {
  page(): Promise<Page>;
  close(): Promise<void>;
}

const flags = [
  ...["--headless", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
  // It opens files of these tests alone; in many containers its sandbox cannot start.
  ...["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--force-color-profile=srgb"],
];

export async function startBrowser(file: string): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), "pilot-browser-"));
  const running = spawn(file, [...flags, `--user-data-dir=${folder}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const ended = once(running, "close");
  const [, , , input, output] = running.stdio;
  if (!(input instanceof Socket) || !(output instanceof Socket)) throw new Error(`${file} has no pipes`);
  const waiting = new Map<number, (answer: Message) => void>();
  const listeners = new Set<(event: Message) => void>();
  let rest = "";
  output.on("data", (chunk: Buffer) => {
    const texts = (rest + chunk.toString()).split("\0");
    rest = texts.pop() ?? "";
    for (const text of texts) {
      const read = message.parse(JSON.parse(text));
      if (read.id === undefined) for (const listen of listeners) listen(read);
      else waiting.get(read.id)?.(read);
    }
  });
  let last = 0;
  const send = async (method: string, params: object = {}, sessionId?: string): Promise<unknown> => {
    const id = ++last;
    const answer = new Promise<Message>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`the browser did not answer ${method}`));
      }, patience);
      waiting.set(id, (got) => {
        clearTimeout(late);
        resolve(got);
      });
    });
    input.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
    const { result, error } = await answer;
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const page = async (): Promise<Page> => {
    const { targetId } = z
      .looseObject({ targetId: z.string() })
      .parse(await send("Target.createTarget", { url: "about:blank" }));
    const { sessionId } = z
      .looseObject({ sessionId: z.string() })
      .parse(await send("Target.attachToTarget", { targetId, flatten: true }));
    return await pageOf(sessionId, (method, params) => send(method, params, sessionId), listeners);
  };
  return {
    page,
    async close() {
      running.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

type Send = (method: string, params?: object) => Promise<unknown>;

const complaint = z.looseObject({
  entry: z.looseObject({ level: z.string(), text: z.string() }).optional(),
  exceptionDetails: z.looseObject({ text: z.string() }).optional(),
  type: z.string().optional(),
  request: z.looseObject({ url: z.string() }).optional(),
});

const data = z.looseObject({ data: z.string() });

async function pageOf(session: string, send: Send, listeners: Set<(event: Message) => void>): Promise<Page> {
  const complaints: string[] = [];
  const requests: string[] = [];
  let loaded: (() => void) | undefined;
  listeners.add(({ method, sessionId, params }) => {
    if (sessionId !== session) return;
    if (method === "Page.loadEventFired") loaded?.();
    const read = complaint.safeParse(params).data;
    if (method === "Log.entryAdded" && read?.entry) complaints.push(`${read.entry.level}: ${read.entry.text}`);
    if (method === "Runtime.exceptionThrown") complaints.push(read?.exceptionDetails?.text ?? "an error");
    if (method === "Runtime.consoleAPICalled") complaints.push(`console.${read?.type ?? ""}`);
    if (method === "Network.requestWillBeSent" && read?.request) requests.push(read.request.url);
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  let wide = 0;
  return {
    complaints,
    requests,
    async open(file) {
      const done = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      await send("Page.navigate", { url: `file://${file}` });
      await done;
    },
    async view({ width, height = 900, scheme = "light", media = "screen", scale = 1 }) {
      wide = width;
      await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
      await send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
    },
    async evaluate(expression) {
      const answer = z
        .looseObject({
          result: z.looseObject({ value: z.unknown().optional() }),
          exceptionDetails: z.looseObject({ exception: z.looseObject({ description: z.string() }) }).optional(),
        })
        .parse(await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true }));
      if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception.description);
      return answer.result.value;
    },
    async press(key) {
      const code = { Tab: 9, Enter: 13 }[key];
      const text = key === "Enter" ? "\r" : undefined;
      for (const type of ["keyDown", "keyUp"])
        await send("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: code, text });
    },
    async picture(height) {
      const clip = height === undefined ? {} : { clip: { x: 0, y: 0, width: wide, height, scale: 1 } };
      const answer = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, ...clip });
      return Buffer.from(data.parse(answer).data, "base64");
    },
    async print() {
      return Buffer.from(data.parse(await send("Page.printToPDF", { printBackground: false })).data, "base64");
    },
  };
}
