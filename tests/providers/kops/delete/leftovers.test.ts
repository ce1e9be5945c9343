import { expect } from "chai";
import type { Resource } from "../../../../providers/kops/aws/resources/resource.ts";
import { isAbsent } from "../../../../providers/kops/aws/resources/remove-resource.ts";
import { sweep, describeLeft } from "../../../../providers/kops/delete/sweep.ts";
import type { Sweeping } from "../../../../providers/kops/delete/sweep.ts";
import { TimeoutError } from "../../../../providers/kops/model/errors.ts";
import { rejection } from "../../../local/rejection.ts";
import { sampleInputs } from "../samples.ts";
import { cluster, names, owned, claim, resource } from "./found-resources.ts";

describe("what kOps leaves behind", () => {
  const said: string[] = [];
  const sweeping = (
    looks: Resource[][],
    changes: Partial<Sweeping> = {},
    remove: (one: Resource) => Promise<void> = () => Promise.resolve(),
  ): Sweeping => {
    let round = 0;
    let clock = 0;
    said.length = 0;
    return {
      cloud: {
        list: () => Promise.resolve(looks[Math.min(round++, looks.length - 1)] ?? []),
        remove: (_identity, one) => remove(one),
      },
      inputs: sampleInputs({ name: cluster, deletion: { noProgress: "1m" } }),
      names,
      progress: { say: (text) => said.push(text) },
      signal: new AbortController().signal,
      interval: 1,
      now: () => (clock += 20_000),
      ...changes,
    };
  };

  it("is deleted until nothing is left; other people's resources are not touched", async () => {
    const foreign = resource("volume", "foreign");
    const removed: string[] = [];
    const seen = await sweep(
      sweeping(
        [
          [resource("sqs", "url", owned, { name: names.queue }), foreign],
          [resource("eventbridge-rule", "r", owned), foreign],
          [foreign],
        ],
        {},
        (one) => {
          removed.push(one.id);
          return Promise.resolve();
        },
      ),
    );
    expect(removed).to.deep.equal(["url", "r"]);
    expect(seen).to.deep.equal([foreign]);
    expect(said[0]).to.equal(`deleted sqs ${names.queue} (url)`);
  });

  it(
    "is deleted again when two have one name or AWS still lists it; what something makes again each time is no " +
      "progress",
    async () => {
      const both = [resource("iam-instance-profile", "nodes", owned), resource("iam-role", "nodes", owned)];
      const tried: string[] = [];
      let inUse = true;
      await sweep(
        sweeping([both, [resource("iam-role", "nodes", owned)], []], {}, ({ kind }) => {
          tried.push(kind);
          if (kind === "iam-instance-profile" || !inUse) return Promise.resolve();
          inUse = false;
          return Promise.reject(new Error("DeleteConflict"));
        }),
      );
      expect(tried).to.deep.equal(["iam-instance-profile", "iam-role", "iam-role"]);
      const again: string[] = [];
      const error = await rejection(
        sweep(
          sweeping(
            [[resource("sqs", "url", owned)]],
            { inputs: sampleInputs({ name: cluster, deletion: { noProgress: "4m" } }) },
            ({ kind }) => {
              again.push(kind);
              return Promise.resolve();
            },
          ),
        ),
      );
      expect(error.message).to.contain("sqs url: AWS still lists it");
      expect(again.length).to.be.within(2, 4);
    },
  );

  it("is waited for while something uses it, which is named, and no longer than the time without progress", async () => {
    const held = [
      resource("security-group", "sg-1", owned, { name: "nodes" }),
      resource("network-interface", "eni-1", {}, { name: "lambda", groups: ["sg-1"] }),
    ];
    const error = await rejection(
      sweep(sweeping([held], {}, () => Promise.reject(new Error("has a dependent object")))),
    );
    expect(error)
      .to.be.instanceOf(TimeoutError)
      .with.property("message")
      .that.contains("made no progress for 1m00s")
      .and.contains("security group nodes (sg-1): has a dependent object; held by network interface eni-1 (lambda)");
    expect(said.filter((text) => text.startsWith("waiting for"))).to.have.length(1);
  });

  it("of workloads is deleted only where that is set, volumes last, and otherwise named", async () => {
    const made = [
      resource("volume", "vol-1", claim),
      resource("load-balancer", "lb-1", { "elbv2.k8s.aws/cluster": cluster }),
    ];
    const removed: string[] = [];
    const remove = (one: Resource): Promise<void> => {
      removed.push(one.id);
      return Promise.resolve();
    };
    const seen = await sweep(sweeping([made], {}, remove));
    expect(removed).to.deep.equal([]);
    expect(describeLeft(names, seen).join()).to.contain(
      "volume vol-1 of PersistentVolumeClaim shop/db, with its data: made since the deletion began",
    );
    await sweep(
      sweeping(
        [made, []],
        { inputs: sampleInputs({ name: cluster, deletion: { workloadResources: "delete" } }) },
        remove,
      ),
    );
    expect(removed).to.deep.equal(["lb-1", "vol-1"]);
  });

  it("counts as deleted where AWS says that it does not exist", () => {
    const named = (name: string, message = ""): Error => Object.assign(new Error(message), { name });
    for (const name of [
      "NoSuchEntityException",
      "InvalidGroup.NotFound",
      "QueueDoesNotExist",
      "ResourceNotFoundException",
      "InvalidVolume.NotFound",
    ])
      expect(isAbsent(named(name)), name).to.equal(true);
    expect(isAbsent(named("ValidationError", "AutoScalingGroup name not found - null"))).to.equal(true);
    for (const name of ["DependencyViolation", "ValidationError", "AccessDenied", "VolumeInUse"])
      expect(isAbsent(named(name)), name).to.equal(false);
  });

  it("is named and kept when only its name is kOps's", () => {
    expect(
      describeLeft(names, [resource("iam-role", "nodes.k1.example.com", {}, { name: "nodes.k1.example.com" })]).join(),
    ).to.contain("iam role nodes.k1.example.com: it has a name that kOps gives, but no tag");
  });
});
