import type {
  DistributionConfig,
  GetDistributionResult,
  HttpVersion,
  Method,
  Origin,
  PriceClass,
  ViewerProtocolPolicy,
} from "@aws-sdk/client-cloudfront";
import type { Props } from "../../../protocol/values.ts";
import { bool, needText, object, objects, text, texts, type Context, type Handler } from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { cloudFrontOf } from "./shared.ts";

/** Every distribution is in this hosted zone of CloudFront. */
const hostedZoneId = "Z2FDTNDATAQYW2";

export const handler: Handler = {
  token: "aws:cloudfront/distribution:Distribution",
  source: "terraform-provider-aws, internal/service/cloudfront/distribution.go, schema ForceNew",
  replace: [],
  global: true,
  defaults: { httpVersion: "http2", priceClass: "PriceClass_All", retainOnDelete: false, waitForDeployment: true },
  writeOnly: ["retainOnDelete", "waitForDeployment"],
  unsupported: [
    "aliases",
    "anycastIpListId",
    "cacheTagConfig",
    "connectionFunctionAssociation",
    "continuousDeploymentPolicyId",
    "customErrorResponses",
    "defaultRootObject",
    "loggingConfig",
    "orderedCacheBehaviors",
    "originGroups",
    "staging",
    "viewerMtlsConfig",
    "webAclId",
  ],

  async create(context, inputs) {
    const items = toList(inputs["tagsAll"]);
    const { Distribution: made } = await cloudFrontOf(context).createDistributionWithTags({
      DistributionConfigWithTags: {
        DistributionConfig: configOf(inputs, `pilot-${Date.now()}-${Math.random()}`),
        Tags: { Items: items },
      },
    });
    const id = made?.Id ?? "";
    context.created(id);
    if (bool(inputs, "waitForDeployment") !== false) await deployed(context, id);
    return id;
  },

  async read(context, id) {
    const { Distribution: found, ETag: etag } = await cloudFrontOf(context).getDistribution({ Id: id });
    const config = found?.DistributionConfig;
    if (found === undefined || config === undefined) return undefined;
    const behavior = config.DefaultCacheBehavior;
    const { Tags: tags } = await cloudFrontOf(context).listTagsForResource({ Resource: found.ARN });
    return {
      state: {
        arn: found.ARN,
        callerReference: config.CallerReference,
        comment: config.Comment ?? "",
        continuousDeploymentPolicyId: "",
        defaultCacheBehavior: {
          allowedMethods: (behavior?.AllowedMethods?.Items ?? []).toSorted(),
          cachedMethods: (behavior?.AllowedMethods?.CachedMethods?.Items ?? []).toSorted(),
          cachePolicyId: behavior?.CachePolicyId,
          compress: behavior?.Compress ?? false,
          targetOriginId: behavior?.TargetOriginId,
          viewerProtocolPolicy: behavior?.ViewerProtocolPolicy,
        },
        domainName: found.DomainName,
        enabled: config.Enabled ?? false,
        etag,
        hostedZoneId,
        httpVersion: config.HttpVersion?.toLowerCase(),
        inProgressValidationBatches: found.InProgressInvalidationBatches ?? 0,
        isIpv6Enabled: config.IsIPV6Enabled ?? false,
        lastModifiedTime: found.LastModifiedTime?.toISOString() ?? "",
        loggingV1Enabled: false,
        origins: (config.Origins?.Items ?? []).map(originState),
        priceClass: config.PriceClass,
        restrictions: { geoRestriction: { restrictionType: "none" } },
        status: found.Status,
        trustedKeyGroups: [{ enabled: false }],
        trustedSigners: [{ enabled: false }],
        viewerCertificate: { cloudfrontDefaultCertificate: true },
      },
      tags: fromList(tags?.Items?.map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" }))),
    };
  },

  async update(context, id, _olds, news) {
    const { Distribution: found, ETag: etag } = await get(context, id);
    await cloudFrontOf(context).updateDistribution({
      Id: id,
      IfMatch: etag,
      DistributionConfig: configOf(news, found?.DistributionConfig?.CallerReference ?? ""),
    });
    if (bool(news, "waitForDeployment") !== false) await deployed(context, id);
  },

  async tag(context, _id, { set, remove }, state) {
    const Resource = needText(state, "arn");
    if (remove.length > 0) await cloudFrontOf(context).untagResource({ Resource, TagKeys: { Items: [...remove] } });
    if (Object.keys(set).length > 0)
      await cloudFrontOf(context).tagResource({ Resource, Tags: { Items: toList(set) } });
  },

  async delete(context, id) {
    const { Distribution: found, ETag: etag } = await get(context, id);
    const config = found?.DistributionConfig;
    let match = etag;
    // AWS deletes no enabled distribution, and none that is still being changed.
    if (config?.Enabled === true) {
      await cloudFrontOf(context).updateDistribution({
        Id: id,
        IfMatch: etag,
        DistributionConfig: { ...config, Enabled: false },
      });
      match = await deployed(context, id);
    }
    await cloudFrontOf(context).deleteDistribution({ Id: id, IfMatch: match });
  },
};

const get = (context: Context, id: string): Promise<GetDistributionResult> =>
  cloudFrontOf(context).getDistribution({ Id: id });

/** Waits until all edge locations have it; returns the ETag. */
const deployed = (context: Context, id: string): Promise<string | undefined> =>
  context.waitFor(`the distribution ${id} to be deployed`, 5400, async () => {
    const { Distribution: found, ETag: etag } = await get(context, id);
    return found?.Status === "Deployed" ? { done: etag } : { pending: found?.Status ?? "not shown yet" };
  });

function originState({ Id, DomainName, OriginAccessControlId }: Origin): Record<string, unknown> {
  return { domainName: DomainName, originAccessControlId: OriginAccessControlId, originId: Id };
}

function configOf(inputs: Props, reference: string): DistributionConfig {
  const origins = objects(inputs, "origins");
  const behavior = object(inputs, "defaultCacheBehavior") ?? {};
  const [allowed, cached] = [texts(behavior, "allowedMethods"), texts(behavior, "cachedMethods")];
  return {
    CallerReference: reference,
    Comment: text(inputs, "comment") ?? "",
    Enabled: bool(inputs, "enabled") ?? false,
    HttpVersion: needText(inputs, "httpVersion") as HttpVersion,
    IsIPV6Enabled: bool(inputs, "isIpv6Enabled") ?? false,
    PriceClass: needText(inputs, "priceClass") as PriceClass,
    Origins: {
      Quantity: origins.length,
      Items: origins.map((origin) => ({
        Id: needText(origin, "originId"),
        DomainName: needText(origin, "domainName"),
        OriginAccessControlId: text(origin, "originAccessControlId") ?? "",
        S3OriginConfig: { OriginAccessIdentity: "" },
      })),
    },
    DefaultCacheBehavior: {
      TargetOriginId: needText(behavior, "targetOriginId"),
      ViewerProtocolPolicy: needText(behavior, "viewerProtocolPolicy") as ViewerProtocolPolicy,
      CachePolicyId: needText(behavior, "cachePolicyId"),
      Compress: bool(behavior, "compress") ?? false,
      AllowedMethods: {
        Quantity: allowed.length,
        Items: allowed as Method[],
        CachedMethods: { Quantity: cached.length, Items: cached as Method[] },
      },
    },
    Restrictions: { GeoRestriction: { RestrictionType: "none", Quantity: 0 } },
    ViewerCertificate: { CloudFrontDefaultCertificate: true },
  };
}
