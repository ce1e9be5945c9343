import { region } from "../aws-harness.ts";
import { account, allow, trust } from "./case.ts";
import type { Case } from "./case.ts";

export const iamAndKmsCases: readonly Case[] = [
  {
    type: "aws:iam/role:Role",
    inputs: () => ({ assumeRolePolicy: trust("ec2.amazonaws.com"), tags: { Name: "trial" } }),
    change: ({ policy }) => ({
      assumeRolePolicy: trust("lambda.amazonaws.com"),
      description: "changed",
      maxSessionDuration: 7200,
      managedPolicyArns: [policy],
      inlinePolicies: [{ name: "inline", policy: allow("s3:GetObject") }],
      tags: { stage: "two" },
    }),
    drift: ({ iam }, id) => iam.updateRole({ RoleName: id, Description: "theirs", MaxSessionDuration: 7200 }),
    shows: "description",
    replace: () => ({ name: "another", path: "/elsewhere/" }),
    outputs: () => ({
      arn: `arn:aws:iam::${account}:role/trial-0102030`,
      name: "trial-0102030",
      path: "/",
      maxSessionDuration: 3600,
    }),
  },
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: ({ role }) => ({ role, name: "trial", policy: allow("s3:GetObject") }),
    change: () => ({ policy: allow("s3:PutObject") }),
    drift: ({ iam, role }) =>
      iam.putRolePolicy({ RoleName: role, PolicyName: "trial", PolicyDocument: allow("s3:DeleteObject") }),
    shows: "policy",
    replace: ({ otherRole }) => ({ role: otherRole, name: "another" }),
    outputs: ({ role }) => ({ role, name: "trial" }),
  },
  {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    inputs: ({ role, policy }) => ({ role, policyArn: policy }),
    drift: ({ iam, role, policy }) => iam.detachRolePolicy({ RoleName: role, PolicyArn: policy }),
    replace: ({ otherRole }) => ({ role: otherRole, policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
    outputs: ({ role }) => ({ role }),
  },
  {
    type: "aws:iam/policy:Policy",
    inputs: () => ({ policy: allow("s3:GetObject"), tags: { Name: "trial" } }),
    change: () => ({ policy: allow("s3:PutObject"), tags: { stage: "two" } }),
    drift: ({ iam }, id) =>
      iam.createPolicyVersion({ PolicyArn: id, PolicyDocument: allow("s3:DeleteObject"), SetAsDefault: true }),
    shows: "policy",
    replace: () => ({ name: "another", path: "/elsewhere/", description: "another" }),
    outputs: () => ({ arn: `arn:aws:iam::${account}:policy/trial-0102030`, attachmentCount: 0 }),
  },
  {
    type: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    inputs: () => ({
      url: "https://oidc.example.com/trial",
      clientIdLists: ["sts.amazonaws.com"],
      thumbprintLists: ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
    }),
    change: () => ({
      clientIdLists: ["one", "sts.amazonaws.com"],
      thumbprintLists: ["0000000000000000000000000000000000000000"],
      tags: { stage: "two" },
    }),
    drift: ({ iam }, id) =>
      iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn: id, ClientID: "one" }),
    shows: "clientIdLists",
    replace: () => ({ url: "https://oidc.example.com/other" }),
    outputs: (_world, id) => ({ arn: id, url: "oidc.example.com/trial" }),
  },
  {
    type: "aws:kms/key:Key",
    inputs: () => ({ description: "trial", deletionWindowInDays: 7, tags: { Name: "trial" } }),
    change: () => ({ description: "changed", enableKeyRotation: true, tags: { stage: "two" } }),
    drift: ({ kms }, id) => kms.disableKeyRotation({ KeyId: id }),
    shows: "enableKeyRotation",
    replace: () => ({ keyUsage: "SIGN_VERIFY", customerMasterKeySpec: "RSA_2048" }),
    outputs: (_world, id) => ({
      arn: `arn:aws:kms:${region}:${account}:key/${id}`,
      keyId: id,
      isEnabled: true,
      keyUsage: "ENCRYPT_DECRYPT",
    }),
  },
  {
    type: "aws:kms/alias:Alias",
    inputs: ({ key }) => ({ name: "alias/trial", targetKeyId: `arn:aws:kms:${region}:${account}:key/${key}` }),
    change: ({ otherKey }) => ({ targetKeyId: otherKey }),
    drift: ({ kms, key }) => kms.updateAlias({ AliasName: "alias/trial", TargetKeyId: key }),
    shows: "targetKeyId",
    replace: () => ({ name: "alias/another" }),
    outputs: () => ({ arn: `arn:aws:kms:${region}:${account}:alias/trial`, name: "alias/trial" }),
  },
];
