import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../tags/subnet-tags.ts";

/** AWS's managed policy CachingDisabled: rotated keys must be seen at once, and AWS asks seldom. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

const methods = ["GET", "HEAD"];

/** A distribution that serves a private bucket, and everything it is made of. */
export interface BucketDistribution {
  arn: pulumi.Output<string>;
  /** Its own name, with a certificate of CloudFront's. */
  domainName: pulumi.Output<string>;
  resources: pulumi.Resource[];
}

/** Makes it. Only https: CloudFront then also reads the bucket by TLS. */
export function createDistribution(
  name: string,
  bucket: aws.s3.Bucket,
  { bucketName, tags }: { bucketName: string; tags: Tags | undefined },
  options: pulumi.CustomResourceOptions,
): BucketDistribution {
  const control = new aws.cloudfront.OriginAccessControl(
    name,
    {
      name: bucketName,
      description: `Reads ${bucketName}`,
      originAccessControlOriginType: "s3",
      signingBehavior: "always",
      signingProtocol: "sigv4",
    },
    options,
  );
  const distribution = new aws.cloudfront.Distribution(
    name,
    {
      enabled: true,
      comment: `OIDC discovery documents of ${bucketName}`,
      isIpv6Enabled: true,
      priceClass: "PriceClass_100",
      origins: [
        { originId: bucketName, domainName: bucket.bucketRegionalDomainName, originAccessControlId: control.id },
      ],
      defaultCacheBehavior: {
        targetOriginId: bucketName,
        viewerProtocolPolicy: "https-only",
        allowedMethods: methods,
        cachedMethods: methods,
        cachePolicyId: cachingDisabled,
        compress: false,
      },
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
      tags: { ...tags, Name: bucketName },
    },
    options,
  );
  return { arn: distribution.arn, domainName: distribution.domainName, resources: [control, distribution] };
}
