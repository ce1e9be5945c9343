import type { Props } from "../../../../local/plugins/protocol/values.ts";
import { region } from "../aws-harness.ts";
import { account, type Case, type World } from "./case.ts";

const distribution = ({ bucket, accessControl }: World): Props => ({
  enabled: true,
  comment: "documents",
  isIpv6Enabled: true,
  origins: [
    {
      originId: "bucket",
      domainName: `${bucket}.s3.${region}.amazonaws.com`,
      originAccessControlId: accessControl,
    },
  ],
  defaultCacheBehavior: {
    targetOriginId: "bucket",
    viewerProtocolPolicy: "https-only",
    allowedMethods: ["GET", "HEAD"],
    cachedMethods: ["GET", "HEAD"],
    cachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    compress: true,
  },
  restrictions: { geoRestriction: { restrictionType: "none" } },
  viewerCertificate: { cloudfrontDefaultCertificate: true },
  tags: { Name: "trial" },
});

export const cloudFrontCases: readonly Case[] = [
  {
    type: "aws:cloudfront/originAccessControl:OriginAccessControl",
    inputs: () => ({ originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4" }),
    change: () => ({ description: "documents", signingBehavior: "no-override" }),
    drift: ({ cloudFront }, id, state) =>
      cloudFront.updateOriginAccessControl({
        Id: id,
        IfMatch: state["etag"] as string,
        OriginAccessControlConfig: {
          Name: state["name"] as string,
          Description: "theirs",
          OriginAccessControlOriginType: "s3",
          SigningBehavior: "always",
          SigningProtocol: "sigv4",
        },
      }),
    shows: "description",
    replace: () => ({ name: "another" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:cloudfront::${account}:origin-access-control/${id}`,
      name: "trial-0102030",
      description: "Managed by Pulumi",
    }),
  },
  {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: distribution,
    change: () => ({ comment: "changed", priceClass: "PriceClass_100", tags: { stage: "two" } }),
    drift: async ({ cloudFront }, id) => {
      const { DistributionConfig, ETag } = await cloudFront.getDistributionConfig({ Id: id });
      if (!DistributionConfig) throw new Error(`${id} has no configuration`);
      await cloudFront.updateDistribution({
        Id: id,
        IfMatch: ETag,
        DistributionConfig: { ...DistributionConfig, Enabled: false },
      });
    },
    shows: "enabled",
    replace: () => ({}),
    outputs: (_world, id) => ({
      arn: `arn:aws:cloudfront::${account}:distribution/${id}`,
      enabled: true,
      hostedZoneId: "Z2FDTNDATAQYW2",
      status: "Deployed",
    }),
  },
];
