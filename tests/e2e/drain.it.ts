import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, done, makeBareCheckout } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";
import { applyObjects, budgetOf, podOn } from "./bare/objects.ts";
import { authority, server as certificate } from "./login/certificates.ts";

/** What the API server says to an eviction: the webhook's own answer, or that the webhook does not answer. */
type Review = "allow" | "throttle" | "cut";

/*
 * The real API server refuses the evictions here: by its budgets, and by a webhook, because it throttles no
 * administrator by itself.
 */
describe("the drain of a removed group", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;
  let webhook: Server;
  const reviews: Review[] = [];

  before(async () => {
    bare = await makeBareCheckout();
    await declare(["old", "older"]);
    expect((await bare.up()).output).to.contain(done);
    webhook = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const review = reviews.shift() ?? "allow";
        if (review === "cut") return request.socket.destroy();
        const { uid } = (JSON.parse(body) as { request: { uid: string } }).request;
        const status = { code: 429, message: "Too many requests", details: { retryAfterSeconds: 2 } };
        response.setHeader("content-type", "application/json");
        return response.end(
          JSON.stringify({
            apiVersion: "admission.k8s.io/v1",
            kind: "AdmissionReview",
            response: { uid, allowed: review === "allow", ...(review === "throttle" && { status }) },
          }),
        );
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    webhook.close();
    await bare.remove();
  });

  const declare = async (groups: string[], drainTimeout = "60s"): Promise<void> => {
    const nodeGroups = Object.fromEntries(
      ["nodes", ...groups].map((group) => [group, { machineType: "t3.large", count: 1 }]),
    );
    const args = bareArgs("k1", bare.infrastructure, JSON.stringify({ nodeGroups }));
    await bare.declare({ k1: { ...args, rollingUpdate: { ...args.rollingUpdate, drainTimeout } } });
  };
  const pods = async (): Promise<string[]> =>
    (await bare.kubectl("k1", "get", "pods", "-o", "jsonpath={.items[*].metadata.name}")).split(" ").filter(Boolean);
  const nodeOf = async (group: string): Promise<string> =>
    (await bare.nodes("k1")).find((node) => node.group === group)?.name ?? "";
  const running = (pod: string): Promise<unknown> =>
    until(
      `${pod} runs`,
      async () => (await bare.kubectl("k1", "get", "pod", pod, "-o", "jsonpath={.status.phase}")) === "Running",
    );

  it("goes on when the API server throttles an eviction or its webhook fails, and calls neither a budget", async () => {
    await applyObjects(bare, podOn(await nodeOf("older"), "web"), {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "evictions" },
      webhooks: [
        {
          name: "evictions.example.com",
          clientConfig: {
            url: `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
            caBundle: Buffer.from(authority).toString("base64"),
          },
          rules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods/eviction"], scope: "*" },
          ],
          failurePolicy: "Fail",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          timeoutSeconds: 2,
        },
      ],
    });
    await running("web");
    reviews.push("throttle", "cut", "throttle");
    await declare(["old"]);
    const { output } = await bare.up();
    expect(output).to.contain(done).and.not.to.contain("PodDisruptionBudget");
    expect(output).to.match(/the Kubernetes API fails \(429 .*Too many requests\): asking again, for at most 1m/);
    expect(output).to.match(/the Kubernetes API failed meanwhile: 2 calls failed: 429 .*\(2\)/);
    expect(output).to.match(/default\/web cannot be evicted now: 500 .*failed calling webhook/);
    expect(reviews).to.deep.equal([]);
    expect(await pods()).to.deep.equal([]);
  });

  it("names a pod under two budgets at its time-out, evicts the others, and continues under one budget", async () => {
    const node = await nodeOf("old");
    await applyObjects(
      bare,
      podOn(node, "twice"),
      podOn(node, "web"),
      budgetOf("twice", "one"),
      budgetOf("twice", "two"),
    );
    await running("twice");
    await declare([], "2s");
    const { output } = await bare.upFails();
    expect(output)
      .to.contain(`the drain of node ${node}`)
      .and.to.contain("default/twice is under more than one PodDisruptionBudget, and Kubernetes evicts no such pod");
    expect(await pods()).to.deep.equal(["twice"]);
    await bare.kubectl("k1", "delete", "pdb", "one");
    await bare.kubectl("k1", "patch", "pdb", "two", "--type=merge", '-p={"spec":{"minAvailable":0}}');
    expect((await bare.up()).output).to.contain(done);
    expect(await pods()).to.deep.equal([]);
  });
});
