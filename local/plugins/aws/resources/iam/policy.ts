import { changed, needText, text, type Handler } from "../../shared/handler.ts";
import { fromList, toList } from "../../shared/tags.ts";
import { decoded, iamOf } from "./shared.ts";

// The number of versions that IAM keeps of a policy: to add one to a full list, delete the oldest.
const MAX_VERSIONS = 5;

export const handler: Handler = {
  token: "aws:iam/policy:Policy",
  source: "terraform-provider-aws, internal/service/iam/policy.go, schema ForceNew",
  replace: ["description", "name", "namePrefix", "path"],
  defaults: { path: "/" },
  global: true,
  autoname: { property: "name", prefixProperty: "namePrefix", max: 128 },
  documents: ["policy"],
  writeOnly: ["delayAfterPolicyCreationInMs", "namePrefix"],
  unsupported: ["delayAfterPolicyCreationInMs"],

  async create(context, inputs) {
    const tags = toList(inputs["tagsAll"]);
    const { Policy: policy } = await iamOf(context).createPolicy({
      PolicyName: text(inputs, "name") ?? `${needText(inputs, "namePrefix")}${Date.now()}`,
      PolicyDocument: needText(inputs, "policy"),
      Path: text(inputs, "path"),
      ...(text(inputs, "description") && { Description: text(inputs, "description") }),
      ...(tags.length > 0 && { Tags: tags }),
    });
    return policy?.Arn ?? "";
  },

  async read(context, id) {
    const iam = iamOf(context);
    const { Policy: policy } = await iam.getPolicy({ PolicyArn: id });
    if (policy === undefined) return undefined;
    const [{ PolicyVersion: version }, tags] = await Promise.all([
      iam.getPolicyVersion({ PolicyArn: id, VersionId: policy.DefaultVersionId }),
      iam.listPolicyTags({ PolicyArn: id }),
    ]);
    return {
      state: {
        arn: policy.Arn,
        attachmentCount: policy.AttachmentCount ?? 0,
        description: policy.Description,
        name: policy.PolicyName,
        namePrefix: "",
        path: policy.Path,
        policy: decoded(version?.Document),
        policyId: policy.PolicyId,
      },
      tags: fromList(tags.Tags),
    };
  },

  async update(context, id, olds, news) {
    if (!changed(olds, news, "policy")) return;
    const iam = iamOf(context);
    const { Versions: versions = [] } = await iam.listPolicyVersions({ PolicyArn: id });
    if (versions.length >= MAX_VERSIONS) {
      const [oldest] = versions
        .filter(({ IsDefaultVersion }) => !IsDefaultVersion)
        .toSorted((one, other) => Number(one.CreateDate ?? 0) - Number(other.CreateDate ?? 0));
      if (oldest) await iam.deletePolicyVersion({ PolicyArn: id, VersionId: oldest.VersionId });
    }
    await iam.createPolicyVersion({ PolicyArn: id, PolicyDocument: needText(news, "policy"), SetAsDefault: true });
  },

  async tag(context, id, { set, remove }) {
    if (remove.length > 0) await iamOf(context).untagPolicy({ PolicyArn: id, TagKeys: [...remove] });
    if (Object.keys(set).length > 0) await iamOf(context).tagPolicy({ PolicyArn: id, Tags: toList(set) });
  },

  async delete(context, id) {
    const iam = iamOf(context);
    const { Versions: versions = [] } = await iam.listPolicyVersions({ PolicyArn: id });
    for (const { IsDefaultVersion, VersionId } of versions)
      if (!IsDefaultVersion) await iam.deletePolicyVersion({ PolicyArn: id, VersionId });
    await iam.deletePolicy({ PolicyArn: id });
  },
};
