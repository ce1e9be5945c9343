import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LaunchTemplate } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { cloudDigest } from "../../../../../providers/kops/plan/facts/cloud-digest.ts";
import { isFresh } from "../../../../../providers/kops/plan/plan-cache.ts";

const tag = (Key: string, Value: string): { Key: string; Value: string } => ({ Key, Value });
const group = (changes: Partial<AutoScalingGroup> = {}): AutoScalingGroup => ({
  AutoScalingGroupName: "nodes.k1",
  MinSize: 1,
  MaxSize: 3,
  DesiredCapacity: 2,
  DefaultCooldown: 300,
  AvailabilityZones: [],
  HealthCheckType: "EC2",
  CreatedTime: new Date(0),
  LaunchTemplate: { LaunchTemplateId: "lt-1", Version: "1" },
  VPCZoneIdentifier: "subnet-1",
  Tags: [tag("a", "1"), tag("b", "2")],
  Instances: [],
  ...changes,
});
const template = (changes: Partial<LaunchTemplate> = {}): LaunchTemplate => ({
  LaunchTemplateId: "lt-1",
  LatestVersionNumber: 1,
  DefaultVersionNumber: 1,
  ...changes,
});
const other = group({ AutoScalingGroupName: "others.k1" });
const before = cloudDigest([group(), other], [template()]);

describe("a cached plan", () => {
  for (const [what, groups, templates] of [
    ["a launch template has another version", [group(), other], [template({ LatestVersionNumber: 2 })]],
    ["a launch template is gone", [group(), other], []],
    [
      "an Auto Scaling group has another version of it",
      [group({ LaunchTemplate: { LaunchTemplateId: "lt-1", Version: "2" } }), other],
      [template()],
    ],
    ["an Auto Scaling group is gone", [group()], [template()]],
    ["its bounds are others", [group({ MaxSize: 4 }), other], [template()]],
    ["its subnets are others", [group({ VPCZoneIdentifier: "subnet-2" }), other], [template()]],
    ["its tags are others", [group({ Tags: [tag("a", "1")] }), other], [template()]],
  ] as const) {
    it(`is not used when ${what}`, () => {
      expect(cloudDigest(groups, templates)).not.to.equal(before);
    });
  }

  for (const [what, groups] of [
    ["an autoscaler changed the number of nodes", [group({ DesiredCapacity: 3 }), other]],
    [
      "AWS replaced an instance",
      [
        group({
          Instances: [
            {
              InstanceId: "i-1",
              AvailabilityZone: "a",
              LifecycleState: "InService",
              HealthStatus: "Healthy",
              ProtectedFromScaleIn: false,
            },
          ],
        }),
        other,
      ],
    ],
    ["AWS answers in another order", [other, group({ Tags: [tag("b", "2"), tag("a", "1")] })]],
  ] as const) {
    it(`is used though ${what}`, () => {
      expect(cloudDigest(groups, [template()])).to.equal(before);
    });
  }

  it("is used for a quarter of an hour, and never without the time it was made", () => {
    const made = Date.parse("2026-11-21T08:00:00Z");
    expect(isFresh(made, made + 14 * 60_000)).to.equal(true);
    expect(isFresh(made, made + 15 * 60_000)).to.equal(false);
    expect(isFresh(undefined, made)).to.equal(false);
  });
});
