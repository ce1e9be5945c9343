import { expect } from "chai";
import { withoutLogHeader } from "../../../../providers/kops/kops-cli/output/index.ts";
import { withHeartbeat } from "../../../../providers/kops/runtime/progress.ts";

describe("a heartbeat", () => {
  const interval = 40;

  it("repeats the last line, and kOps's last line since, until a new line", async () => {
    const lines: string[] = [];
    let beats = 0;
    await new Promise<void>((resolve) => {
      const heartbeat = withHeartbeat(
        {
          say(text) {
            lines.push(text);
            if (!text.startsWith("still")) return;
            beats += 1;
            if (beats === 2) heartbeat.progress.say("rolling 1/2 replacing i-1");
            if (beats < 3) return;
            heartbeat.stop();
            resolve();
          },
        },
        interval,
      );
      heartbeat.progress.say("rolling 1/2 draining i-1");
      heartbeat.hear(
        withoutLogHeader(
          'I1121 10:00:00.123456    1234 instancegroups.go:431] error when evicting pods/"web": Cannot evict pod as ' +
            "it would violate the pod's disruption budget.",
        ),
      );
      heartbeat.hear("");
    });
    const still =
      'still rolling 1/2 draining i-1; kOps: error when evicting pods/"web": Cannot evict pod as it would violate ' +
      "the pod's disruption budget.";
    expect(lines).to.deep.equal([
      "rolling 1/2 draining i-1",
      still,
      still,
      "rolling 1/2 replacing i-1",
      "still rolling 1/2 replacing i-1",
    ]);
  });

  it("is silent while lines come often enough", async () => {
    const lines: string[] = [];
    const heartbeat = withHeartbeat({ say: (text) => lines.push(text) }, 200);
    for (let count = 0; count < 12; count += 1) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      heartbeat.progress.say("working");
    }
    heartbeat.stop();
    expect(new Set(lines)).to.deep.equal(new Set(["working"]));
  });
});
