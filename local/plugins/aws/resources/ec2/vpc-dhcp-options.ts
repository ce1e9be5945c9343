import type { NewDhcpConfiguration } from "@aws-sdk/client-ec2";
import type { Props } from "../../../protocol/values.ts";
import { needText, text, texts, type Context, type Handler } from "../../shared/handler.ts";
import { arnOf, ec2Of, tagEc2, tagsOf, tagSpecifications, whenFree } from "./shared.ts";

/** The options, by argument. */
const LISTS = {
  domainNameServers: "domain-name-servers",
  netbiosNameServers: "netbios-name-servers",
  ntpServers: "ntp-servers",
} as const;
const TEXTS = { domainName: "domain-name", netbiosNodeType: "netbios-node-type" } as const;

export const handler: Handler = {
  token: "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
  source: "terraform-provider-aws, internal/service/ec2/vpc_dhcp_options.go, schema ForceNew",
  replace: [...Object.keys(LISTS), ...Object.keys(TEXTS), "ipv6AddressPreferredLeaseTime"],
  unsupported: ["ipv6AddressPreferredLeaseTime"],
  validate: (inputs) =>
    configurationsOf(inputs).length === 0
      ? [
          {
            property: "domainName",
            reason: `give at least one of ${[...Object.keys(LISTS), ...Object.keys(TEXTS)].join(", ")}`,
          },
        ]
      : [],

  async create(context, inputs) {
    const { DhcpOptions: made } = await ec2Of(context).createDhcpOptions({
      DhcpConfigurations: configurationsOf(inputs),
      ...tagSpecifications("dhcp-options", inputs),
    });
    return made?.DhcpOptionsId ?? "";
  },

  async read(context, id) {
    const { DhcpOptions: [options] = [] } = await ec2Of(context).describeDhcpOptions({ DhcpOptionsIds: [id] });
    if (options === undefined) return undefined;
    const owner = options.OwnerId ?? (await context.account());
    const given = (name: string): string[] =>
      (options.DhcpConfigurations?.find(({ Key }) => Key === name)?.Values ?? []).flatMap(({ Value }) => Value ?? []);
    return {
      state: {
        arn: arnOf(context, owner, `dhcp-options/${id}`),
        ...Object.fromEntries(
          Object.entries(LISTS).flatMap(([argument, name]) =>
            given(name).length > 0 ? [[argument, given(name)]] : [],
          ),
        ),
        ...Object.fromEntries(
          Object.entries(TEXTS).flatMap(([argument, name]) =>
            given(name)
              .slice(0, 1)
              .map((value) => [argument, value]),
          ),
        ),
        ownerId: owner,
      },
      tags: tagsOf(options),
    };
  },

  tag: tagEc2,

  async delete(context, id) {
    await release(context, id);
    await whenFree(context, `the DHCP options ${id}`, () => ec2Of(context).deleteDhcpOptions({ DhcpOptionsId: id }));
  },
};

function configurationsOf(inputs: Props): NewDhcpConfiguration[] {
  const lists = Object.entries(LISTS).map(([argument, Key]) => ({ Key, Values: texts(inputs, argument) }));
  const single = Object.entries(TEXTS).map(([argument, Key]) => ({
    Key,
    Values: text(inputs, argument) === undefined ? [] : [needText(inputs, argument)],
  }));
  return [...lists, ...single].filter(({ Values }) => Values.length > 0);
}

/** Like the official plugin, give VPCs that still use them AWS's own options. */
async function release(context: Context, id: string): Promise<void> {
  const ec2 = ec2Of(context);
  const { Vpcs: users = [] } = await ec2.describeVpcs({ Filters: [{ Name: "dhcp-options-id", Values: [id] }] });
  for (const { VpcId } of users) await ec2.associateDhcpOptions({ DhcpOptionsId: "default", VpcId });
}
