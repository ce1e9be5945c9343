import { expect } from "chai";
import { ssoProfileOf } from "../../../../providers/kops/aws/sso-login.ts";

describe("the profile to log in with", () => {
  const profiles = {
    person: { sso_session: "acme" },
    legacy: { sso_start_url: "https://acme.awsapps.com/start" },
    operator: { role_arn: "arn:aws:iam::123456789012:role/operator", source_profile: "person" },
    deep: { role_arn: "arn:aws:iam::123456789012:role/deep", source_profile: "operator" },
    keys: { aws_access_key_id: "AKIA" },
    itself: { role_arn: "arn:aws:iam::123456789012:role/itself", source_profile: "itself" },
    lost: { role_arn: "arn:aws:iam::123456789012:role/lost", source_profile: "nobody" },
  };
  for (const [profile, sso] of [
    ["person", "person"],
    ["legacy", "legacy"],
    ["operator", "person"],
    ["deep", "person"],
    ["keys", undefined],
    ["itself", undefined],
    ["lost", undefined],
    ["nobody", undefined],
  ] as const) {
    it(`of ${profile} is ${sso ?? "none"}`, () => {
      expect(ssoProfileOf(profile, profiles)).to.equal(sso);
    });
  }
});
