import type { DnsRecordIpType, IpAddressType, VpcEndpoint, VpcEndpointType } from "@aws-sdk/client-ec2";
import type { CheckFailure } from "../../../protocol/provider.ts";
import { ifThere } from "../../shared/errors.ts";
import { bool, changed, delta, object, text, texts, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications } from "./shared.ts";

export const handler: Handler = {
  token: "aws:ec2/vpcEndpoint:VpcEndpoint",
  source: "terraform-provider-aws, internal/service/ec2/vpc_endpoint.go, schema ForceNew",
  replace: [
    "resourceConfigurationArn",
    "serviceName",
    "serviceNetworkArn",
    "serviceRegion",
    "vpcEndpointType",
    "vpcId",
  ],
  defaults: { vpcEndpointType: "Gateway" },
  documents: ["policy"],
  sets: ["routeTableIds", "securityGroupIds", "subnetIds"],
  writeOnly: ["autoAccept"],
  unsupported: ["resourceConfigurationArn", "serviceNetworkArn", "serviceRegion", "subnetConfigurations"],
  // Only an interface endpoint changes private DNS in place.
  replaces: (olds, news) =>
    news["vpcEndpointType"] !== "Interface" &&
    news["privateDnsEnabled"] !== undefined &&
    changed(olds, news, "privateDnsEnabled")
      ? ["privateDnsEnabled"]
      : [],
  validate(inputs): CheckFailure[] {
    const failures: CheckFailure[] = [];
    if (inputs["serviceName"] === undefined)
      failures.push({ property: "serviceName", reason: "an endpoint of the local cloud needs a serviceName" });
    for (const name of Object.keys(object(inputs, "dnsOptions") ?? {})) {
      if (name !== "dnsRecordIpType")
        failures.push({
          property: `dnsOptions.${name}`,
          reason: `the stand-in for the AWS plugin does not support "${name}"; leave it out on the local cloud`,
        });
    }
    return failures;
  },

  async create(context, inputs) {
    const options = object(inputs, "dnsOptions");
    const type = text(inputs, "vpcEndpointType") as VpcEndpointType;
    const { VpcEndpoint: endpoint } = await ec2Of(context).createVpcEndpoint({
      VpcId: text(inputs, "vpcId"),
      ServiceName: text(inputs, "serviceName"),
      VpcEndpointType: type,
      ...(text(inputs, "policy") && { PolicyDocument: text(inputs, "policy") }),
      ...(type === "Gateway" ? {} : { PrivateDnsEnabled: bool(inputs, "privateDnsEnabled") ?? false }),
      ...(text(inputs, "ipAddressType") && { IpAddressType: text(inputs, "ipAddressType") as IpAddressType }),
      ...(texts(inputs, "routeTableIds").length > 0 && { RouteTableIds: texts(inputs, "routeTableIds") }),
      ...(texts(inputs, "subnetIds").length > 0 && { SubnetIds: texts(inputs, "subnetIds") }),
      ...(texts(inputs, "securityGroupIds").length > 0 && { SecurityGroupIds: texts(inputs, "securityGroupIds") }),
      ...(options && { DnsOptions: { DnsRecordIpType: text(options, "dnsRecordIpType") as DnsRecordIpType } }),
      ...tagSpecifications("vpc-endpoint", inputs),
    });
    const id = endpoint?.VpcEndpointId ?? "";
    context.created(id);
    await settled(context, id);
    return id;
  },

  async read(context, id) {
    const endpoint = await find(context, id);
    if (endpoint === undefined || /^delet/i.test(endpoint.State ?? "")) return undefined;
    const owner = endpoint.OwnerId ?? (await context.account());
    const lists = await ec2Of(context).describePrefixLists({
      Filters: [{ Name: "prefix-list-name", Values: [endpoint.ServiceName ?? ""] }],
    });
    const list = lists.PrefixLists?.find(({ PrefixListName }) => PrefixListName === endpoint.ServiceName);
    return {
      state: {
        arn: arnOf(context, owner, `vpc-endpoint/${id}`),
        cidrBlocks: list?.Cidrs ?? [],
        dnsEntries: (endpoint.DnsEntries ?? []).map(({ DnsName, HostedZoneId }) => ({
          dnsName: DnsName,
          hostedZoneId: HostedZoneId,
        })),
        ...(endpoint.DnsOptions?.DnsRecordIpType && {
          dnsOptions: { dnsRecordIpType: endpoint.DnsOptions.DnsRecordIpType },
        }),
        ipAddressType: endpoint.IpAddressType ?? "",
        networkInterfaceIds: endpoint.NetworkInterfaceIds ?? [],
        ownerId: owner,
        policy: endpoint.PolicyDocument ?? "",
        prefixListId: list?.PrefixListId ?? "",
        privateDnsEnabled: endpoint.PrivateDnsEnabled ?? false,
        requesterManaged: endpoint.RequesterManaged ?? false,
        routeTableIds: [...(endpoint.RouteTableIds ?? [])].sort(),
        securityGroupIds: (endpoint.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []).sort(),
        serviceName: endpoint.ServiceName,
        // AWS answers "Available" or "available", depending on the type.
        state: (endpoint.State ?? "available").toLowerCase(),
        subnetIds: [...(endpoint.SubnetIds ?? [])].sort(),
        vpcEndpointType: endpoint.VpcEndpointType ?? "Gateway",
        vpcId: endpoint.VpcId,
      },
      tags: tagsOf(endpoint),
    };
  },

  async update(context, id, olds, news) {
    const names = [
      "dnsOptions",
      "ipAddressType",
      "policy",
      "privateDnsEnabled",
      "routeTableIds",
      "securityGroupIds",
      "subnetIds",
    ];
    // Arguments that are left out keep AWS's values.
    if (!names.some((name) => news[name] !== undefined && changed(olds, news, name))) return;
    const tables =
      news["routeTableIds"] === undefined
        ? { add: [], remove: [] }
        : delta(texts(olds, "routeTableIds"), texts(news, "routeTableIds"));
    const subnets =
      news["subnetIds"] === undefined
        ? { add: [], remove: [] }
        : delta(texts(olds, "subnetIds"), texts(news, "subnetIds"));
    const groups =
      news["securityGroupIds"] === undefined
        ? { add: [], remove: [] }
        : delta(texts(olds, "securityGroupIds"), texts(news, "securityGroupIds"));
    const policy = text(news, "policy");
    const options = object(news, "dnsOptions");
    await ec2Of(context).modifyVpcEndpoint({
      VpcEndpointId: id,
      ...(tables.add.length > 0 && { AddRouteTableIds: tables.add }),
      ...(tables.remove.length > 0 && { RemoveRouteTableIds: tables.remove }),
      ...(subnets.add.length > 0 && { AddSubnetIds: subnets.add }),
      ...(subnets.remove.length > 0 && { RemoveSubnetIds: subnets.remove }),
      ...(groups.add.length > 0 && { AddSecurityGroupIds: groups.add }),
      ...(groups.remove.length > 0 && { RemoveSecurityGroupIds: groups.remove }),
      ...(policy && changed(olds, news, "policy") && { PolicyDocument: policy }),
      ...(news["privateDnsEnabled"] !== undefined &&
        changed(olds, news, "privateDnsEnabled") && { PrivateDnsEnabled: bool(news, "privateDnsEnabled") }),
      ...(text(news, "ipAddressType") && { IpAddressType: text(news, "ipAddressType") as IpAddressType }),
      ...(options && { DnsOptions: { DnsRecordIpType: text(options, "dnsRecordIpType") as DnsRecordIpType } }),
    });
    await settled(context, id);
  },

  tag: tagEc2,

  async delete(context, id) {
    const { Unsuccessful: [failed] = [] } = await ec2Of(context).deleteVpcEndpoints({ VpcEndpointIds: [id] });
    // This call answers 200 and lists what it did not do.
    if (failed?.Error !== undefined && !failed.Error.Code?.endsWith("NotFound"))
      throw new Error(`${failed.Error.Code ?? "error"}: ${failed.Error.Message ?? "AWS does not say why"}`);
    await context.waitFor(`the VPC endpoint ${id} to be gone`, 600, async () => {
      const seen = await ifThere(() => find(context, id));
      return seen === undefined || seen.State?.toLowerCase() === "deleted"
        ? { done: undefined }
        : { pending: seen.State ?? "still there" };
    });
  },
};

async function find(context: Context, id: string): Promise<VpcEndpoint | undefined> {
  const { VpcEndpoints: [endpoint] = [] } = await ec2Of(context).describeVpcEndpoints({ VpcEndpointIds: [id] });
  return endpoint;
}

async function settled(context: Context, id: string): Promise<void> {
  await context.waitFor(`the VPC endpoint ${id}`, 600, async () => {
    const seen = await find(context, id);
    const state = seen?.State?.toLowerCase();
    if (state === "failed" || state === "rejected")
      throw new Error(`the VPC endpoint ${id} is ${state}: ${seen?.LastError?.Message ?? "AWS does not say why"}`);
    return state === "available" || state === "pendingacceptance"
      ? { done: undefined }
      : { pending: state ?? "not shown yet" };
  });
}
