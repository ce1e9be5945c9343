import { expect } from "chai";
import { iamMappingProblem } from "../../../../providers/kops/model/iam-principals.ts";

const account = "arn:aws:iam::123456789012";
const sso = "AWSReservedSSO_Admin_0123456789abcdef";

describe("an IAM mapping", () => {
  const works: [what: string, arn: string][] = [
    ["a role", `${account}:role/admins`],
    ["a role of IAM Identity Center without its path", `${account}:role/${sso}`],
    ["a user", `${account}:user/ada`],
    ["a user with a path, which is in the user's ARN everywhere", `${account}:user/people/ada`],
    ["the root user", `${account}:root`],
    ["a federated user", "arn:aws:sts::123456789012:federated-user/ada"],
  ];
  for (const [what, arn] of works)
    it(`of ${what} stays as it is`, () => {
      expect(iamMappingProblem(arn)).to.equal(undefined);
    });

  const fails: [what: string, arn: string, works: string][] = [
    [
      "a role of IAM Identity Center",
      `${account}:role/aws-reserved/sso.amazonaws.com/ap-southeast-2/${sso}`,
      `${account}:role/${sso}`,
    ],
    ["a role with a path", `${account}:role/teams/platform/deployer`, `${account}:role/deployer`],
    ["a role in another partition", "arn:aws-cn:iam::123456789012:role/a/b", "arn:aws-cn:iam::123456789012:role/b"],
    ["one session", "arn:aws:sts::123456789012:assumed-role/admins/ada", `${account}:role/admins`],
  ];
  for (const [what, arn, right] of fails)
    it(`of ${what} is refused with the ARN that works`, () => {
      expect(iamMappingProblem(arn)).to.match(new RegExp(`^must be ${right}, `));
      expect(iamMappingProblem(right)).to.equal(undefined);
    });
});
