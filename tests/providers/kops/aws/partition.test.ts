import { expect } from "chai";
import { endpointOf, isOptIn, optInAdvice, partitionOf } from "../../../../providers/kops/aws/partition.ts";
import { issuerUrl, oidcProviderArn } from "../../../../components/cluster/spec/names.ts";
import { zoneName } from "../../../../components/cluster/request/machines.ts";
import { interfaceServiceName, gatewayServiceName } from "../../../../components/network/endpoint-names.ts";
import { peering } from "../../../../components/network/peers.ts";
import { statePolicy, keyPolicy } from "../../../../components/state-store/policies.ts";
import { kopsClusterInputs } from "../../../../providers/kops/model/inputs.ts";

/** Region, partition, domain of endpoints, whether the account must enable it. */
const table = [
  ["eu-west-1", "aws", "amazonaws.com", false],
  ["ap-southeast-7", "aws", "amazonaws.com", true],
  ["cn-north-1", "aws-cn", "amazonaws.com.cn", false],
  ["us-gov-west-1", "aws-us-gov", "amazonaws.com", false],
  ["eusc-de-east-1", "aws-eusc", "amazonaws.eu", false],
  ["us-iso-east-1", "aws-iso", "c2s.ic.gov", false],
  ["us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov", false],
  ["us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov", false],
  ["eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk", false],
  // Not yet in the SDK's list.
  ["cn-south-9", "aws-cn", "amazonaws.com.cn", false],
  ["eusc-de-north-9", "aws-eusc", "amazonaws.eu", false],
  ["eu-north-9", "aws", "amazonaws.com", true],
] as const;

describe("the names of a region", () => {
  for (const [region, partition, domain, optIn] of table) {
    it(`are those of the partition ${partition} in ${region}`, () => {
      expect(partitionOf(region)).to.equal(partition);
      expect(endpointOf("ec2", region)).to.equal(`ec2.${region}.${domain}`);
      expect(isOptIn(region)).to.equal(optIn);
      const issuer = issuerUrl("k1", "oidc", region);
      expect(issuer).to.equal(`https://oidc.s3.${region}.${domain}/k1`);
      expect(oidcProviderArn(issuer, "123456789012", region)).to.equal(
        `arn:${partition}:iam::123456789012:oidc-provider/oidc.s3.${region}.${domain}/k1`,
      );
      expect(
        JSON.stringify(statePolicy({ id: "x", bucketArn: `arn:${partition}:s3:::b`, partition, accounts: [] })),
      ).to.contain(`arn:${partition}:s3:::b/*`);
      expect(JSON.stringify(keyPolicy({ partition, accountId: "123456789012", region, accounts: [] }))).to.contain(
        `"kms:ViaService":"s3.${region}.${domain}"`,
      );
    });
  }
});

describe("a region of each partition", () => {
  for (const [region, partition] of table) {
    it(`can be named: ${region} of ${partition}`, () => {
      expect(kopsClusterInputs.shape.region.safeParse(region).success, "cluster").to.equal(true);
      expect(peering.shape.region.safeParse(region).success, "peer").to.equal(true);
      expect(zoneName.safeParse(`${region}a`).success, "zone").to.equal(true);
    });
  }
});

describe("the name of an endpoint service", () => {
  /** The names that AWS answers DescribeVpcEndpointServices with (see endpoint-names.ts for sources). */
  for (const [region, service, name] of [
    ["eu-west-1", "ecr.api", "com.amazonaws.eu-west-1.ecr.api"],
    ["us-gov-west-1", "ecr.api", "com.amazonaws.us-gov-west-1.ecr.api"],
    ["us-gov-east-1", "sts", "com.amazonaws.us-gov-east-1.sts"],
    ["cn-north-1", "ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api"],
    ["cn-northwest-1", "ecr.dkr", "cn.com.amazonaws.cn-northwest-1.ecr.dkr"],
    ["cn-northwest-1", "sts", "cn.com.amazonaws.cn-northwest-1.sts"],
    ["cn-north-1", "kms", "com.amazonaws.cn-north-1.kms"],
    ["cn-north-1", "logs", "com.amazonaws.cn-north-1.logs"],
    ["cn-north-1", "ssm", "com.amazonaws.cn-north-1.ssm"],
    ["cn-north-1", "elasticloadbalancing", "com.amazonaws.cn-north-1.elasticloadbalancing"],
    ["cn-northwest-1", "account", "cn.com.amazonaws.cn-northwest-1.account"],
    ["cn-north-1", "account", "com.amazonaws.cn-north-1.account"],
    ["cn-north-1", "transcribe", "cn.com.amazonaws.cn-north-1.transcribe.cn"],
    ["eusc-de-east-1", "ecr.api", "eu.amazonaws.eusc-de-east-1.ecr.api"],
    ["eusc-de-east-1", "sts", "com.amazonaws.eusc-de-east-1.sts"],
    ["us-iso-east-1", "ec2", "gov.ic.c2s.us-iso-east-1.ec2"],
    ["us-iso-east-1", "monitoring", "com.amazonaws.us-iso-east-1.monitoring"],
    ["us-iso-west-1", "monitoring", "gov.ic.c2s.us-iso-west-1.monitoring"],
    ["us-isob-east-1", "ebs", "gov.sgov.sc2s.us-isob-east-1.ebs"],
    ["us-isob-west-1", "ebs", "com.amazonaws.us-isob-west-1.ebs"],
    ["us-isof-south-1", "ecr.dkr", "gov.ic.hci.csp.us-isof-south-1.ecr.dkr"],
    ["eu-isoe-west-1", "ecr.dkr", "uk.adc-e.cloud.eu-isoe-west-1.ecr.dkr"],
    // A region that is not in the table: as in its partition.
    ["cn-south-9", "ecr.api", "cn.com.amazonaws.cn-south-9.ecr.api"],
  ] as const) {
    it(`of ${service} in ${region} is ${name}`, () => {
      expect(interfaceServiceName(region, service)).to.equal(name);
    });
  }

  for (const [region] of table) {
    it(`of a gateway endpoint in ${region} begins with com.amazonaws`, () => {
      for (const service of ["s3", "dynamodb"] as const)
        expect(gatewayServiceName(region, service)).to.equal(`com.amazonaws.${region}.${service}`);
    });
  }
});

describe("the advice for an opt-in region", () => {
  for (const [text, region, advised] of [
    ["AuthFailure AWS was not able to validate the provided access credentials", "ap-southeast-7", true],
    ["InvalidClientTokenId The security token included in the request is invalid", "me-central-1", true],
    ["UnrecognizedClientException The security token included in the request is invalid", "af-south-1", true],
    ["OptInRequired You are not subscribed to this service", "il-central-1", true],
    ["AuthFailure AWS was not able to validate the provided access credentials", "eu-west-1", false],
    ["AuthFailure AWS was not able to validate the provided access credentials", "cn-north-1", false],
    ["UnauthorizedOperation You are not authorized to perform this operation", "ap-southeast-7", false],
  ] as const) {
    it(`${advised ? "names the command" : "is none"} for ${text.split(" ")[0] ?? ""} in ${region}`, () => {
      const advice = optInAdvice(text, region);
      if (advised) expect(advice).to.contain(`\`aws account enable-region --region-name ${region}\``);
      else expect(advice).to.equal(undefined);
    });
  }
});
