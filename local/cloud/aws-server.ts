import { join } from "node:path";
import { z } from "zod";
import type { Layout } from "../base/layout.ts";
import { startChild, type Child } from "./supervision/child.ts";
import { childEnvironment } from "./supervision/environment.ts";
import type { ProcessIdentity } from "../base/processes.ts";

const announcement = z.object({ endpoint: z.url() });

export function awsEndpoint(child: Child): string {
  return announcement.parse(child.announcement).endpoint;
}

/** Starts the AWS API on the given port (0: any). It saves its state when it is stopped. */
export function startAwsServer(
  layout: Layout,
  python: string,
  port: number,
  onStart: (identity: ProcessIdentity) => void,
): Promise<Child> {
  return startChild(
    {
      name: "AWS API",
      command: python,
      args: [
        join(import.meta.dirname, "with-parent.py"),
        join(layout.root, "local", "aws", "server.py"),
        "--dir",
        layout.aws,
        "--port",
        String(port),
      ],
      env: childEnvironment({ PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" }),
      log: join(layout.logs, "aws.log"),
      patience: 60_000,
      grace: 15_000,
    },
    onStart,
  );
}
