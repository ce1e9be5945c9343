import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { expect } from "chai";
import { followChanges } from "../../../local/cloud/changes.ts";
import { KubeClient, KubeError } from "../../../local/cloud/fleet/kube.ts";
import { Mirror } from "../../../local/cloud/fleet/mirror.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe("watching", () => {
  let server: Server;
  let url: string;
  let handle: Handler;
  let stopping: AbortController;

  beforeEach(async () => {
    stopping = new AbortController();
    server = createServer((request, response) => {
      handle(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  });

  afterEach(async () => {
    stopping.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const thing = (name: string, resourceVersion: string): object => ({ metadata: { name, resourceVersion } });

  it("mirrors the API's objects, even when a watch expires", async () => {
    const lists = [
      { metadata: { resourceVersion: "10" }, items: [thing("a", "1"), thing("b", "2")] },
      { metadata: { resourceVersion: "20" }, items: [thing("c", "15")] },
    ];
    const asked: string[] = [];
    handle = (request, response) => {
      const { searchParams } = new URL(request.url ?? "", url);
      const version = searchParams.get("resourceVersion");
      asked.push(version ?? "list");
      if (version === null) {
        response.end(JSON.stringify(lists.shift()));
      } else if (version === "10") {
        response.write(`${JSON.stringify({ type: "DELETED", object: thing("a", "11") })}\n`);
        response.write(`${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "12" } } })}\n`);
        response.end();
      } else if (version === "12") {
        response.end(`${JSON.stringify({ type: "ERROR", object: { code: 410, metadata: {} } })}\n`);
      } else {
        response.write(`${JSON.stringify({ type: "ADDED", object: thing("d", "21") })}\n`);
      }
    };
    const seen: string[] = [];
    const mirror = new Mirror<{ metadata: { name: string } }>();
    const client = new KubeClient(url, undefined);
    await new Promise<void>((resolve, reject) => {
      const note = (): void => {
        seen.push((mirror.objects ?? []).map(({ metadata }) => metadata.name).join(","));
        if (seen.at(-1) === "c,d") resolve();
      };
      void mirror.follow(client, "/api/v1/things", stopping.signal, note, reject);
    });
    expect(seen).to.deep.equal(["a,b", "b", "c", "c,d"]);
    expect(asked).to.deep.equal(["list", "10", "12", "list", "20"]);
    client.close();
  });

  it("is undefined before the first list, so that no node is removed by mistake", () => {
    expect(new Mirror().objects).to.equal(undefined);
  });

  it("reports what the API refused, and why", async () => {
    handle = (_request, response) => {
      response.statusCode = 409;
      response.end(JSON.stringify({ reason: "AlreadyExists", message: 'nodes "i-1" already exists' }));
    };
    const client = new KubeClient(url, undefined);
    const error = await client.call("POST", "/api/v1/nodes", {}).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(KubeError);
    expect(error).to.include({ code: 409, reason: "AlreadyExists", message: 'nodes "i-1" already exists' });
    client.close();
  });

  it("looks at AWS at once, then only at changes, and at everything after a failure", async () => {
    const answers = [
      { count: 3, services: { s3: 1, iam: 2 } },
      { count: 5, services: { s3: 1, iam: 2, ec2: 2 } },
      undefined,
      { count: 0, services: {} },
    ];
    const asked: string[] = [];
    handle = (request, response) => {
      asked.push(request.url ?? "");
      const answer = answers.shift();
      if (!answer) response.statusCode = 503;
      response.end(JSON.stringify(answer ?? {}));
    };
    const looks: string[] = [];
    const errors: unknown[] = [];
    await followChanges({
      endpoint: url,
      pause: 0,
      signal: stopping.signal,
      onError: (error) => errors.push(error),
      look: (changed) => {
        looks.push([...changed].sort().join(","));
        if (looks.length === 4) stopping.abort();
        return Promise.resolve();
      },
    });
    expect(looks).to.deep.equal(["", "iam,s3", "ec2", ""]);
    expect(asked).to.deep.equal(["/_pilot/changes/0", "/_pilot/changes/3", "/_pilot/changes/5"]);
    expect(errors.map(String)).to.deep.equal(["Error: the AWS API answered 503 to the request for changes"]);
  });
});
