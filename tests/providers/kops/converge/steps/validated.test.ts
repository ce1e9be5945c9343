import { expect } from "chai";
import { validate } from "../../../../../providers/kops/converge/steps/validated.ts";
import { sampleInputs } from "../../samples.ts";

const denied =
  "Error: listing AutoscalingGroups: operation error Auto Scaling: DescribeAutoScalingGroups, https response error " +
  "StatusCode: 403, RequestID: r, api error AccessDenied: not authorized";
const starting =
  "Error: listing nodes: Get https://127.0.0.1:6443/api/v1/nodes: dial tcp 127.0.0.1:6443: connect: connection refused";

describe("the validation", () => {
  /** Validates with a kOps that says these things, then that the cluster is valid. Returns how often it ran. */
  async function runs(errors: readonly string[]): Promise<number> {
    let count = 0;
    await validate({
      context: {
        inputs: sampleInputs({ validation: { interval: "1ms", timeout: "20m" } }),
        progress: { say: () => undefined },
        signal: new AbortController().signal,
        log: { path: "the log", write: () => undefined, redact: (text) => text, close: () => Promise.resolve() },
        kops: {
          run: () => {
            const stderr = errors[count] ?? "";
            count += 1;
            return Promise.resolve({ exitCode: stderr === "" ? 0 : 1, stdout: stderr === "" ? "{}" : "", stderr });
          },
        },
      },
    });
    return count;
  }

  it("ends when AWS refuses kOps three times in a row, and says why", async () => {
    const wait = runs(Array.from({ length: 100 }, () => denied));
    const error = await wait.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).to.be.an("error").with.property("message").that.contains("AccessDenied").and.contains("the log");
  });

  it("waits while the API starts, and through a refusal that passes", async () => {
    expect(await runs([starting, denied, denied, starting, denied, denied])).to.equal(7);
  });
});
