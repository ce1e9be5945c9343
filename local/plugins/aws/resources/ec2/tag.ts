import { needText, text, type Handler } from "../../shared/handler.ts";
import { ec2Of } from "./shared.ts";

/** One tag of one resource, whoever owns the other tags. */
export const handler: Handler = {
  token: "aws:ec2/tag:Tag",
  source: "terraform-provider-aws, internal/service/ec2/tag_gen.go, schema ForceNew",
  replace: ["key", "resourceId"],
  validate: (inputs) =>
    text(inputs, "key")?.startsWith("aws:")
      ? [{ property: "key", reason: "keys that begin with aws: are AWS's own" }]
      : [],

  async create(context, inputs) {
    const [resource, key] = [needText(inputs, "resourceId"), needText(inputs, "key")];
    await ec2Of(context).createTags({
      Resources: [resource],
      Tags: [{ Key: key, Value: text(inputs, "value") ?? "" }],
    });
    return `${resource},${key}`;
  },

  async read(context, id) {
    const comma = id.indexOf(",");
    const [resource, key] = [id.slice(0, comma), id.slice(comma + 1)];
    const { Tags: [tag] = [] } = await ec2Of(context).describeTags({
      Filters: [
        { Name: "resource-id", Values: [resource] },
        { Name: "key", Values: [key] },
      ],
    });
    if (tag === undefined) return undefined;
    return { state: { resourceId: resource, key, value: tag.Value ?? "" } };
  },

  async update(context, _id, olds, news) {
    await ec2Of(context).createTags({
      Resources: [needText(olds, "resourceId")],
      Tags: [{ Key: needText(olds, "key"), Value: text(news, "value") ?? "" }],
    });
  },

  async delete(context, _id, state) {
    await ec2Of(context).deleteTags({
      Resources: [needText(state, "resourceId")],
      Tags: [{ Key: needText(state, "key") }],
    });
  },
};
