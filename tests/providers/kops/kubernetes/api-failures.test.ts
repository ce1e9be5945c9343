import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { apiClient } from "../../../../providers/kops/kubernetes/api-client.ts";
import { evictionAnswer, passingFailure } from "../../../../providers/kops/kubernetes/api-failures.ts";
import { answer, budget, severalBudgets, status, throttled } from "./drained-group.ts";

describe("a failed call to the Kubernetes API", () => {
  let server: Server;
  let listener: RequestListener = () => undefined;
  before(async () => {
    server = createServer((request, response) => {
      listener(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** The error of a real client, for what the server does. */
  const errorOf = async (port: number, serve: RequestListener): Promise<unknown> => {
    listener = serve;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "k1", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: "admin" },
    );
    return await apiClient(config, CoreV1Api, { timeout: 200 })
      .listNode()
      .then(
        () => "no error",
        (error: unknown) => error,
      );
  };
  const port = (): number => (server.address() as AddressInfo).port;

  for (const [what, serve, why] of [
    ["is cut before the answer", (request) => request.socket.destroy(), /socket hang up/],
    [
      "is cut in the answer",
      (request, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .write('{"items":[', () => request.socket.destroy());
      },
      /Premature close|aborted/,
    ],
    ["gets no answer", () => undefined, /^no answer$/],
    [
      "is answered by a load balancer",
      (_, response) => response.writeHead(502).end("Bad Gateway\n"),
      /^502 Bad Gateway$/,
    ],
    [
      "is answered by an API server that ends",
      (_, response) => response.writeHead(503).end(JSON.stringify(status(503, "apiserver is shutting down"))),
      /^503 apiserver is shutting down$/,
    ],
  ] satisfies [string, RequestListener, RegExp][]) {
    it(`may succeed soon when it ${what}`, async () => {
      expect(passingFailure(await errorOf(port(), serve))?.why).to.match(why);
    });
  }

  it("may succeed soon when nothing listens, as while a tunnel reopens", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port: free } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(passingFailure(await errorOf(free, () => undefined))?.why).to.contain("ECONNREFUSED");
  });

  it("waits as long as the API asks when it is throttled", async () => {
    const error = await errorOf(port(), (_, response) =>
      response.writeHead(429, { "Retry-After": "3" }).end("Too many requests, please try again later.\n"),
    );
    expect(passingFailure(error)).to.deep.equal({
      why: "429 Too many requests, please try again later.",
      after: 3000,
    });
  });

  for (const [what, error] of [
    ["forbidden", answer(403, status(403, "no"))],
    ["unknown", answer(401, "Unauthorized")],
    ["not found", answer(404, status(404, "no"))],
    ["not valid", answer(422, status(422, "no"))],
    ["behind a wrong certificate", Object.assign(new Error("no"), { code: "CERT_HAS_EXPIRED" })],
    ["not of the network", new Error("no")],
  ] as const) {
    it(`is final when it is ${what}`, () => {
      expect(passingFailure(error)).to.equal(undefined);
    });
  }
});

describe("the answer to an eviction", () => {
  const ending = status(403, "no", { details: { causes: [{ reason: "NamespaceTerminating" }] } });
  for (const [what, error, is] of [
    ["a budget", budget("web"), "blocked by a budget"],
    ["several budgets", severalBudgets(), "under several budgets"],
    ["a missing pod", answer(404, status(404, "no")), "gone"],
    ["a failing webhook", answer(500, status(500, "failed calling webhook")), "refused now"],
    ["a namespace that ends", answer(403, ending), "refused now"],
    ["throttling", throttled(), undefined],
    ["missing rights", answer(403, status(403, "no")), undefined],
    ["an API server that ends", answer(503, "shutting down"), undefined],
    ["a network failure", Object.assign(new Error("no"), { code: "ECONNRESET" }), undefined],
  ] as const) {
    it(`is ${is ?? "no answer"} for ${what}`, () => {
      expect(evictionAnswer(error)?.is).to.equal(is);
    });
  }
});
