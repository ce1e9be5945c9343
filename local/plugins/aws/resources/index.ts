import { UnsupportedError } from "../../protocol/errors.ts";
import type { Handler } from "../shared/handler.ts";

type Load = () => Promise<{ readonly handler: Handler }>;

// Loaded on first use: the clients behind them take most of the plugin's start.
const handlers: Readonly<Record<string, Load>> = {
  "aws:cloudfront/distribution:Distribution": () => import("./cloudfront/distribution.ts"),
  "aws:cloudfront/originAccessControl:OriginAccessControl": () => import("./cloudfront/origin-access-control.ts"),
  "aws:cloudwatch/logGroup:LogGroup": () => import("./cloudwatch/log-group.ts"),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": () => import("./ec2/default-security-group.ts"),
  "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": () => import("./ec2/egress-only-internet-gateway.ts"),
  "aws:ec2/eip:Eip": () => import("./ec2/eip.ts"),
  "aws:ec2/flowLog:FlowLog": () => import("./ec2/flow-log.ts"),
  "aws:ec2/internetGateway:InternetGateway": () => import("./ec2/internet-gateway.ts"),
  "aws:ec2/natGateway:NatGateway": () => import("./ec2/nat-gateway.ts"),
  "aws:ec2/route:Route": () => import("./ec2/route.ts"),
  "aws:ec2/routeTable:RouteTable": () => import("./ec2/route-table.ts"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": () => import("./ec2/route-table-association.ts"),
  "aws:ec2/securityGroup:SecurityGroup": () => import("./ec2/security-group.ts"),
  "aws:ec2/subnet:Subnet": () => import("./ec2/subnet.ts"),
  "aws:ec2/tag:Tag": () => import("./ec2/tag.ts"),
  "aws:ec2/vpc:Vpc": () => import("./ec2/vpc.ts"),
  "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": () => import("./ec2/vpc-dhcp-options.ts"),
  "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation": () => import("./ec2/vpc-dhcp-options-association.ts"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": () => import("./ec2/vpc-endpoint.ts"),
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": () =>
    import("./ec2/vpc-endpoint-route-table-association.ts"),
  "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": () =>
    import("./ec2/vpc-ipv4-cidr-block-association.ts"),
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": () => import("./ec2/vpc-peering-connection.ts"),
  "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": () =>
    import("./ec2/vpc-peering-connection-accepter.ts"),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": () => import("./iam/open-id-connect-provider.ts"),
  "aws:iam/policy:Policy": () => import("./iam/policy.ts"),
  "aws:iam/role:Role": () => import("./iam/role.ts"),
  "aws:iam/rolePolicy:RolePolicy": () => import("./iam/role-policy.ts"),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => import("./iam/role-policy-attachment.ts"),
  "aws:kms/alias:Alias": () => import("./kms/alias.ts"),
  "aws:kms/key:Key": () => import("./kms/key.ts"),
  "aws:route53/record:Record": () => import("./route53/record.ts"),
  "aws:route53/zone:Zone": () => import("./route53/zone.ts"),
  "aws:route53/zoneAssociation:ZoneAssociation": () => import("./route53/zone-association.ts"),
  "aws:s3/bucket:Bucket": () => import("./s3/bucket.ts"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": () =>
    import("./s3/bucket-lifecycle-configuration.ts"),
  "aws:s3/bucketLogging:BucketLogging": () => import("./s3/bucket-logging.ts"),
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": () =>
    import("./s3/bucket-object-lock-configuration.ts"),
  "aws:s3/bucketObjectv2:BucketObjectv2": () => import("./s3/bucket-object.ts"),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": () => import("./s3/bucket-ownership-controls.ts"),
  "aws:s3/bucketPolicy:BucketPolicy": () => import("./s3/bucket-policy.ts"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": () => import("./s3/bucket-public-access-block.ts"),
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": () => import("./s3/bucket-replication-config.ts"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": () =>
    import("./s3/bucket-server-side-encryption-configuration.ts"),
  "aws:s3/bucketVersioning:BucketVersioning": () => import("./s3/bucket-versioning.ts"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": () => import("./vpc/security-group-egress-rule.ts"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": () => import("./vpc/security-group-ingress-rule.ts"),
};

export const resourceTypes: readonly string[] = Object.keys(handlers);

export async function findHandler(token: string): Promise<Handler> {
  const load = handlers[token];
  if (load === undefined) {
    throw new UnsupportedError(
      `the stand-in for the AWS plugin has no resource type ${token}; it has: ${resourceTypes.join(", ")}. ` +
        "Add a handler for it under local/plugins/aws/resources, or use the official plugin (`pulumi plugin " +
        "install resource aws`).",
    );
  }
  return (await load()).handler;
}
