import { additionalName } from "../model/additional-objects.ts";
import { at, listOf, shown } from "./rule.ts";
import type { Fields, Rule } from "./rule.ts";
import { hasUnknown } from "../model/unknown.ts";

const groupOf = ({ apiVersion }: Fields): string =>
  (typeof apiVersion === "string" ? apiVersion : "").split("/")[0] ?? "";

const isSchedulerConfiguration = (object: Fields): boolean =>
  object["kind"] === "KubeSchedulerConfiguration" && groupOf(object) === "kubescheduler.config.k8s.io";

/**
 * Refuses additional objects that kOps does not take: what `kops create -f` refuses (ValidateAdditionalObject in
 * pkg/apis/kops/validation), and what no plan can be made with (pkg/model/components/kubescheduler).
 */
export const additionalObjects: Rule = ({ desired }) => {
  const given = desired["additionalObjects"];
  if (hasUnknown(given)) return [];
  const objects = listOf(given);
  const schedulers = objects.filter(isSchedulerConfiguration);
  return objects.flatMap((object, index) => {
    const property = `additionalObjects[${index}]`;
    const same = objects.findIndex(
      (one) => additionalName(one) === additionalName(object) && groupOf(one) === groupOf(object),
    );
    const kubeconfig = at(object, "clientConnection.kubeconfig");
    return [
      ...(["kops", "kops.k8s.io"].includes(groupOf(object))
        ? [
            {
              property,
              reason: `${shown(object["kind"])} is an object of kOps itself: it belongs in cluster or instanceGroups`,
            },
          ]
        : []),
      ...(isSchedulerConfiguration(object) && object !== schedulers[0]
        ? [{ property, reason: "is a second KubeSchedulerConfiguration: kOps takes one" }]
        : same < index && !isSchedulerConfiguration(object)
          ? [{ property, reason: `is a second ${additionalName(object)}` }]
          : []),
      ...(isSchedulerConfiguration(object) && typeof kubeconfig === "string" && kubeconfig !== ""
        ? [{ property: `${property}.clientConnection.kubeconfig`, reason: "must not be set: kOps sets it itself" }]
        : []),
    ];
  });
};
