import type { AliasListEntry } from "@aws-sdk/client-kms";
import type { CheckFailure } from "../../../protocol/provider.ts";
import { needText, text, type Context, type Handler } from "../../shared/handler.ts";
import { kmsOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:kms/alias:Alias",
  source: "terraform-provider-aws, internal/service/kms/alias.go, schema ForceNew",
  replace: ["name", "namePrefix"],
  autoname: { property: "name", prefixProperty: "namePrefix", prefix: "alias/", max: 256 },
  writeOnly: ["namePrefix"],
  // The argument may be a key's ARN or id; AWS returns the id.
  same: { targetKeyId: (one, other) => bareKey(one) === bareKey(other) },
  validate(inputs): CheckFailure[] {
    const name = text(inputs, "name") ?? text(inputs, "namePrefix");
    return name !== undefined && !name.startsWith("alias/")
      ? [{ property: "name", reason: `${name} does not begin with alias/` }]
      : [];
  },

  async create(context, inputs) {
    const name = text(inputs, "name") ?? `${needText(inputs, "namePrefix")}${Date.now()}`;
    await kmsOf(context).createAlias({ AliasName: name, TargetKeyId: needText(inputs, "targetKeyId") });
    return name;
  },

  async read(context, id, state) {
    const alias = await find(context, id);
    if (alias?.TargetKeyId === undefined) return undefined;
    const arn = alias.AliasArn ?? "";
    const wanted = text(state, "targetKeyId");
    return {
      state: {
        arn,
        name: id,
        namePrefix: "",
        targetKeyArn: arn.replace(/:alias\/.*$/, `:key/${alias.TargetKeyId}`),
        targetKeyId: wanted !== undefined && bareKey(wanted) === alias.TargetKeyId ? wanted : alias.TargetKeyId,
      },
    };
  },

  async update(context, id, _olds, news) {
    await kmsOf(context).updateAlias({ AliasName: id, TargetKeyId: needText(news, "targetKeyId") });
  },

  async delete(context, id) {
    await kmsOf(context).deleteAlias({ AliasName: id });
  },
};

async function find(context: Context, name: string): Promise<AliasListEntry | undefined> {
  let Marker: string | undefined;
  do {
    const page = await kmsOf(context).listAliases({ ...(Marker && { Marker }) });
    const found = page.Aliases?.find(({ AliasName }) => AliasName === name);
    if (found !== undefined) return found;
    Marker = page.Truncated ? page.NextMarker : undefined;
  } while (Marker);
  return undefined;
}

function bareKey(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
