import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { expect } from "chai";
import { toLatest } from "../../../../../providers/kops/converge/steps/templates-followed.ts";

const AutoScalingGroupName = "nodes.k1.example.com";
const template = (Version?: string): { LaunchTemplateId: string; LaunchTemplateName: string; Version?: string } => ({
  LaunchTemplateId: "lt-1",
  LaunchTemplateName: AutoScalingGroupName,
  ...(Version === undefined ? {} : { Version }),
});
const group = (changes: Partial<AutoScalingGroup>): AutoScalingGroup => ({
  AutoScalingGroupName,
  MinSize: 1,
  MaxSize: 1,
  DesiredCapacity: 1,
  DefaultCooldown: 300,
  AvailabilityZones: [],
  HealthCheckType: "EC2",
  CreatedTime: new Date(0),
  ...changes,
});
const latest = { LaunchTemplateId: "lt-1", Version: "$Latest" };

describe("an Auto Scaling group that is held at a version of its launch template", () => {
  it("follows the latest version, and nothing else changes", () => {
    expect(toLatest(group({ LaunchTemplate: template("3") }))).to.deep.equal({
      AutoScalingGroupName,
      LaunchTemplate: latest,
    });
  });

  it("keeps its machine types and its share of spot instances", () => {
    const Overrides = [{ InstanceType: "t3.large" }, { InstanceType: "t3a.large" }];
    const InstancesDistribution = { OnDemandBaseCapacity: 1 };
    expect(
      toLatest(
        group({
          MixedInstancesPolicy: {
            LaunchTemplate: { LaunchTemplateSpecification: template("12"), Overrides },
            InstancesDistribution,
          },
        }),
      ),
    ).to.deep.equal({
      AutoScalingGroupName,
      MixedInstancesPolicy: {
        LaunchTemplate: { LaunchTemplateSpecification: latest, Overrides },
        InstancesDistribution,
      },
    });
  });

  for (const version of ["$Latest", "$Default", undefined]) {
    it(`is not one at ${version ?? "no version"}`, () => {
      expect(toLatest(group({ LaunchTemplate: template(version) }))).to.equal(undefined);
    });
  }

  it("is not one without a launch template", () => {
    expect(toLatest(group({}))).to.equal(undefined);
  });
});
