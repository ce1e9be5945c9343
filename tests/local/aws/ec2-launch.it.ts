import { expect } from "chai";
import {
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeReservedInstancesOfferingsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  paginateDescribeLaunchTemplates,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { errorCode, given, imageOwner, zones } from "./clients.ts";
import { createNetwork, createSecurityGroup, createTemplate, createVersion, imageId, type Network } from "./network.ts";
import { awsOfSuite } from "./suite.ts";

describe("EC2 instances of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();
  let network: Network;

  before(async () => {
    network = await createNetwork(local.clients);
  });

  async function run(template: string, version: string): Promise<Instance> {
    const made = await local.clients.ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        SubnetId: given(network.subnetIds[0]),
        LaunchTemplate: { LaunchTemplateId: template, Version: version },
      }),
    );
    const found = await local.clients.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [given(made.Instances?.[0]?.InstanceId)] }),
    );
    return given(found.Reservations?.[0]?.Instances?.[0]);
  }

  const volumesOf = async (instance: Instance) => {
    const filter = { Name: "attachment.instance-id", Values: [given(instance.InstanceId)] };
    return (await local.clients.ec2.send(new DescribeVolumesCommand({ Filters: [filter] }))).Volumes ?? [];
  };

  it("start from the second version of a template", async () => {
    const template = await createTemplate(local.clients, "second", { UserData: "Zmlyc3Q=" });
    await createVersion(local.clients, template, { UserData: "c2Vjb25k", InstanceType: "m5.large" });
    expect((await run(template, "2")).InstanceType).to.equal("m5.large");
    expect((await run(template, "1")).InstanceType).to.equal("t3.medium");
  });

  it("have no volume for a template's instance-store devices", async () => {
    const template = await createTemplate(local.clients, "store", {
      InstanceType: "m3.medium",
      BlockDeviceMappings: [{ DeviceName: "/dev/sdc", VirtualName: "ephemeral0" }],
    });
    expect((await volumesOf(await run(template, "1"))).map((volume) => volume.Attachments?.[0]?.Device)).to.deep.equal([
      "/dev/sda1",
    ]);
  });

  it("have one root volume: the image's with the template's settings", async () => {
    const template = await createTemplate(local.clients, "root", {
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/sda1",
          Ebs: { VolumeSize: 64, VolumeType: "gp3", Throughput: 250, Encrypted: true, DeleteOnTermination: true },
        },
      ],
      TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "team", Value: "blue" }] }],
    });
    const volumes = await volumesOf(await run(template, "1"));
    expect(volumes).to.have.length(1);
    expect(volumes[0]).to.deep.include({ Size: 64, VolumeType: "gp3", Throughput: 250, Encrypted: true });
    expect(volumes[0]?.Tags).to.deep.equal([{ Key: "team", Value: "blue" }]);
  });

  it("use groups, public address, profile and metadata options from the template", async () => {
    const group = await createSecurityGroup(local.clients, network.vpcId, "from-template");
    const trust = JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    await local.clients.iam.send(new CreateRoleCommand({ RoleName: "node", AssumeRolePolicyDocument: trust }));
    await local.clients.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "node" }));
    await local.clients.iam.send(
      new AddRoleToInstanceProfileCommand({ InstanceProfileName: "node", RoleName: "node" }),
    );
    const template = await createTemplate(local.clients, "all", {
      IamInstanceProfile: { Name: "node" },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 3 },
      NetworkInterfaces: [
        { DeviceIndex: 0, AssociatePublicIpAddress: true, DeleteOnTermination: true, Groups: [group] },
      ],
    });
    const instance = await run(template, "1");
    expect(instance.SecurityGroups?.map((one) => one.GroupId)).to.deep.equal([group]);
    expect(instance.PublicIpAddress).to.be.a("string");
    expect(instance.IamInstanceProfile?.Arn).to.match(/:instance-profile\/node$/);
    expect(instance.MetadataOptions).to.include({ HttpTokens: "required", HttpPutResponseHopLimit: 3 });
  });

  it("delete their volume and network interface when they are terminated", async () => {
    const instance = await run(await createTemplate(local.clients, "gone"), "1");
    const [volume] = await volumesOf(instance);
    await local.clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [given(instance.InstanceId)] }));
    const enis = local.clients.ec2.send(
      new DescribeNetworkInterfacesCommand({
        NetworkInterfaceIds: [given(instance.NetworkInterfaces?.[0]?.NetworkInterfaceId)],
      }),
    );
    expect(await errorCode(enis)).to.equal("InvalidNetworkInterfaceID.NotFound");
    const volumes = local.clients.ec2.send(new DescribeVolumesCommand({ VolumeIds: [given(volume?.VolumeId)] }));
    expect(await errorCode(volumes)).to.equal("InvalidVolume.NotFound");
    const tags = await local.clients.ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [given(volume?.VolumeId)] }] }),
    );
    expect(tags.Tags).to.deep.equal([]);
  });

  it("do not start from a missing template or image", async () => {
    const start = (LaunchTemplateId: string, ImageId: string) =>
      errorCode(
        local.clients.ec2.send(
          new RunInstancesCommand({ MinCount: 1, MaxCount: 1, LaunchTemplate: { LaunchTemplateId }, ImageId }),
        ),
      );
    expect(await start("lt-00000000000000000", await imageId(local.clients))).to.equal(
      "InvalidLaunchTemplateId.NotFound",
    );
    expect(await start(await createTemplate(local.clients, "no-image"), "ami-00000000000000000")).to.equal(
      "InvalidAMIID.NotFound",
    );
  });

  it("can have kOps's default types in every zone", async () => {
    const desired = [
      "t3.medium",
      "t3.micro",
      "t4g.medium",
      "t4g.micro",
      "m5.large",
      "m6i.large",
      "m6g.large",
      "c5.large",
      "r5.large",
      "g4dn.xlarge",
    ];
    for (const type of desired) {
      const located = await local.clients.ec2.send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: "availability-zone",
          Filters: [{ Name: "instance-type", Values: [type] }],
        }),
      );
      expect(located.InstanceTypeOfferings?.map((one) => one.Location).sort(), type).to.deep.equal(zones);
      const reserved = await local.clients.ec2.send(
        new DescribeReservedInstancesOfferingsCommand({
          InstanceType: type as "t3.medium",
          OfferingType: "No Upfront",
          InstanceTenancy: "default",
        }),
      );
      expect(
        reserved.ReservedInstancesOfferings?.map((one) => one.AvailabilityZone),
        `${type} as kOps asks`,
      ).to.deep.equal(zones);
      expect(new Set(reserved.ReservedInstancesOfferings?.map((one) => one.InstanceType))).to.deep.equal(
        new Set([type]),
      );
    }
  });
});

describe("images of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();

  it("include Canonical's for both architectures, with a newer one of each, as kOps requests them", async () => {
    const found = await local.clients.ec2.send(
      new DescribeImagesCommand({
        Owners: [imageOwner],
        Filters: [{ Name: "name", Values: ["ubuntu/images/*noble*"] }],
      }),
    );
    expect(found.Images?.map((one) => `${given(one.Name)} ${given(one.Architecture)}`).sort()).to.deep.equal([
      "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212 x86_64",
      "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260115 x86_64",
      "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251212 arm64",
      "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20260115 arm64",
    ]);
  });

  it("have the root device and block devices they were registered with", async () => {
    const found = await local.clients.ec2.send(new DescribeImagesCommand({ ImageIds: [await imageId(local.clients)] }));
    const image = given(found.Images?.[0]);
    expect(image.RootDeviceName).to.equal("/dev/sda1");
    expect(
      image.BlockDeviceMappings?.map((device) => [
        device.DeviceName,
        device.VirtualName,
        device.Ebs?.VolumeSize,
        device.Ebs?.VolumeType,
      ]),
    ).to.deep.equal([
      ["/dev/sda1", undefined, 8, "gp3"],
      ["/dev/sdb", "ephemeral0", undefined, undefined],
      ["/dev/sdc", "ephemeral1", undefined, undefined],
    ]);
  });
});

describe("launch templates of the local cloud", function () {
  this.timeout(60_000);
  const local = awsOfSuite();

  it("are all found, page by page", async () => {
    for (let index = 0; index < 20; index++) await createTemplate(local.clients, `paged-${index}`);
    const whole = await local.clients.ec2.send(new DescribeLaunchTemplatesCommand({}));
    expect(whole.LaunchTemplates).to.have.length(20);
    const names = new Set<string>();
    let pages = 0;
    for await (const page of paginateDescribeLaunchTemplates({ client: local.clients.ec2, pageSize: 8 }, {})) {
      pages++;
      for (const one of page.LaunchTemplates ?? []) names.add(given(one.LaunchTemplateName));
    }
    expect([pages, names.size]).to.deep.equal([3, 20]);
  });

  it("show their current tags", async () => {
    const template = await createTemplate(local.clients, "tagged");
    await local.clients.ec2.send(
      new CreateTagsCommand({ Resources: [template], Tags: [{ Key: "team", Value: "blue" }] }),
    );
    const found = await local.clients.ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [template] }));
    expect(found.LaunchTemplates?.[0]?.Tags).to.deep.equal([{ Key: "team", Value: "blue" }]);
  });

  it("never reuse a version number", async () => {
    const template = await createTemplate(local.clients, "numbered");
    for (const type of ["t3.large", "m5.large"] as const)
      await createVersion(local.clients, template, { InstanceType: type });
    const deleted = await local.clients.ec2.send(
      new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: template, Versions: ["1", "2"] }),
    );
    expect(deleted.SuccessfullyDeletedLaunchTemplateVersions?.map((one) => one.VersionNumber)).to.deep.equal([2]);
    expect(
      deleted.UnsuccessfullyDeletedLaunchTemplateVersions?.map((one) => one.VersionNumber),
      "the default one stays",
    ).to.deep.equal([1]);
    const next = await local.clients.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: template,
        LaunchTemplateData: { InstanceType: "c5.large" },
      }),
    );
    expect(next.LaunchTemplateVersion?.VersionNumber).to.equal(4);
    const latest = await local.clients.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: template, Versions: ["$Latest"] }),
    );
    expect(latest.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.InstanceType).to.equal("c5.large");
  });
});
