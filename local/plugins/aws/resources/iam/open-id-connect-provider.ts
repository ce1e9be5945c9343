import type { CheckFailure } from "../../../protocol/provider.ts";
import { changed, delta, needText, text, texts, type Handler } from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { iamOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
  source: "terraform-provider-aws, internal/service/iam/openid_connect_provider.go, schema ForceNew",
  replace: ["url"],
  global: true,
  sets: ["clientIdLists"],
  same: { url: (one, other) => bare(one) === bare(other) },
  validate(inputs): CheckFailure[] {
    const url = text(inputs, "url");
    return url !== undefined && url.includes("://") && !url.startsWith("https://")
      ? [{ property: "url", reason: `${url} does not begin with https://` }]
      : [];
  },

  async create(context, inputs) {
    const tags = toList(inputs["tagsAll"]);
    const thumbprints = texts(inputs, "thumbprintLists");
    const { OpenIDConnectProviderArn: arn = "" } = await iamOf(context).createOpenIDConnectProvider({
      Url: `https://${bare(needText(inputs, "url"))}`,
      ClientIDList: texts(inputs, "clientIdLists"),
      ...(thumbprints.length > 0 && { ThumbprintList: thumbprints }),
      ...(tags.length > 0 && { Tags: tags }),
    });
    return arn;
  },

  async read(context, id) {
    const provider = await iamOf(context).getOpenIDConnectProvider({ OpenIDConnectProviderArn: id });
    return {
      state: {
        arn: id,
        clientIdLists: (provider.ClientIDList ?? []).toSorted(),
        thumbprintLists: provider.ThumbprintList ?? [],
        url: bare(provider.Url ?? ""),
      },
      tags: fromList(provider.Tags),
    };
  },

  async update(context, id, olds, news) {
    const iam = iamOf(context);
    if (news["thumbprintLists"] !== undefined && changed(olds, news, "thumbprintLists")) {
      await iam.updateOpenIDConnectProviderThumbprint({
        OpenIDConnectProviderArn: id,
        ThumbprintList: texts(news, "thumbprintLists"),
      });
    }
    const { add, remove } = delta(texts(olds, "clientIdLists"), texts(news, "clientIdLists"));
    for (const ClientID of add)
      await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn: id, ClientID });
    for (const ClientID of remove)
      await iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn: id, ClientID });
  },

  async tag(context, id, { set, remove }) {
    if (remove.length > 0)
      await iamOf(context).untagOpenIDConnectProvider({ OpenIDConnectProviderArn: id, TagKeys: [...remove] });
    if (Object.keys(set).length > 0)
      await iamOf(context).tagOpenIDConnectProvider({ OpenIDConnectProviderArn: id, Tags: toList(set) });
  },

  async delete(context, id) {
    await iamOf(context).deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: id });
  },
};

// IAM returns the address without its scheme.
function bare(url: string): string {
  return url.replace(/^https:\/\//, "").replace(/\/$/, "");
}
