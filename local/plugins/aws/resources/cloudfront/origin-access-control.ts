import type {
  OriginAccessControlConfig,
  OriginAccessControlOriginTypes,
  OriginAccessControlSigningBehaviors,
  OriginAccessControlSigningProtocols,
} from "@aws-sdk/client-cloudfront";
import type { Props } from "../../../protocol/values.ts";
import { needText, text, type Context, type Handler } from "../../shared/handler.ts";
import { cloudFrontOf } from "./shared.ts";

export const handler: Handler = {
  token: "aws:cloudfront/originAccessControl:OriginAccessControl",
  source: "terraform-provider-aws, internal/service/cloudfront/origin_access_control.go, schema ForceNew",
  replace: ["name"],
  global: true,
  defaults: { description: "Managed by Pulumi" },
  autoname: { property: "name", max: 64 },

  async create(context, inputs) {
    const { OriginAccessControl: made } = await cloudFrontOf(context).createOriginAccessControl({
      OriginAccessControlConfig: configOf(inputs),
    });
    return made?.Id ?? "";
  },

  async read(context, id) {
    const { OriginAccessControl: found, ETag: etag } = await cloudFrontOf(context).getOriginAccessControl({ Id: id });
    const config = found?.OriginAccessControlConfig;
    return {
      state: {
        arn: `arn:${context.partition}:cloudfront::${await context.account()}:origin-access-control/${id}`,
        description: config?.Description ?? "",
        etag,
        name: config?.Name,
        originAccessControlOriginType: config?.OriginAccessControlOriginType,
        signingBehavior: config?.SigningBehavior,
        signingProtocol: config?.SigningProtocol,
      },
    };
  },

  async update(context, id, _olds, news) {
    await cloudFrontOf(context).updateOriginAccessControl({
      Id: id,
      IfMatch: await etagOf(context, id),
      OriginAccessControlConfig: configOf(news),
    });
  },

  async delete(context, id) {
    await cloudFrontOf(context).deleteOriginAccessControl({ Id: id, IfMatch: await etagOf(context, id) });
  },
};

const etagOf = async (context: Context, id: string): Promise<string | undefined> =>
  (await cloudFrontOf(context).getOriginAccessControl({ Id: id })).ETag;

function configOf(inputs: Props): OriginAccessControlConfig {
  return {
    Name: needText(inputs, "name"),
    Description: text(inputs, "description") ?? "",
    OriginAccessControlOriginType: needText(inputs, "originAccessControlOriginType") as OriginAccessControlOriginTypes,
    SigningBehavior: needText(inputs, "signingBehavior") as OriginAccessControlSigningBehaviors,
    SigningProtocol: needText(inputs, "signingProtocol") as OriginAccessControlSigningProtocols,
  };
}
