import { iamMappingProblem } from "../model/iam-principals.ts";
import { at, listOf } from "./rule.ts";
import type { Change, Json, Rule } from "./rule.ts";

interface Mapping {
  property: string;
  arn: Json;
}

/** The mappings of the spec, and those that kOps applies as additional objects. */
function mappingsIn(inputs: Change["old"]): Mapping[] {
  const inSpec = "cluster.authentication.aws.identityMappings";
  return [
    ...listOf(at(inputs, inSpec)).map(({ arn }, index) => ({ property: `${inSpec}[${index}].arn`, arn })),
    ...listOf(inputs?.["additionalObjects"]).flatMap((object, index) =>
      object["kind"] === "IAMIdentityMapping"
        ? [{ property: `additionalObjects[${index}].spec.arn`, arn: at(object, "spec.arn") }]
        : [],
    ),
  ];
}

/** Refuses new IAM mappings by which nobody could log in. Those that a cluster has already harm nobody. */
export const identityMappings: Rule = ({ old, desired }) => {
  const before = new Set(mappingsIn(old).map(({ arn }) => arn));
  return mappingsIn(desired).flatMap(({ property, arn }) => {
    const reason = typeof arn === "string" && !before.has(arn) ? iamMappingProblem(arn) : undefined;
    return reason === undefined ? [] : [{ property, reason }];
  });
};
