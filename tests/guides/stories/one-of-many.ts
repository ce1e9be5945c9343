import type { Story } from "../stage.ts";
import { clusterOf, livingStack } from "./whole.ts";

const priorityClasses = { urgent: { value: 100000, description: "What must not wait" } };
/** Resources that change, and the sums. */
const sums = /^ [~+-] +\S+:\S+ \S+ (update|create)d? |^ {4}([~+-] )?\d+ (to |updated|unchanged)|^error/;
const all = new RegExp(`^\\[k\\d\\.sbx\\] (?!plan: all names|still |press )|${sums.source}`);

/** docs/guide/one-of-many.md: two clusters and their add-ons in one stack. */
export const oneOfMany: Story = {
  name: "one-of-many",
  checkout: () => livingStack(["k1", "k2"], { platform: { priorityClasses } }),
  tell: async ({ run, checkout }) => {
    const pulumi = (words: string): string => `npm run local -- pulumi ${words} --stack sbx`;
    for (const name of ["k1", "k2"]) await checkout.write(`clusters/sbx/${name}.yaml`, clusterOf(name, "t3.xlarge"));
    await checkout.edit("Pulumi.sbx.yaml", "What must not wait", "What waits for nobody");
    await run("preview", pulumi("preview --target '**::k1'"), { keep: all });
    await run("up", pulumi("up --target '**::k1' --yes --skip-preview"), { keep: sums });
    await run("after", pulumi("preview"), { keep: sums });
    await run("dependents", pulumi("preview --target '**::k2' --target-dependents"), { keep: sums });
    await run("exclude", pulumi("preview --exclude '**::k2'"), { keep: sums });
    await run("exclude-dependents", pulumi("preview --exclude '**::k2' --exclude-dependents"), { keep: sums });
    await checkout.write("clusters/sbx/k2.yaml", clusterOf("k2", "t3.xlarge").replace("machineType", "machineTyp"));
    await run("invalid", pulumi("preview --target '**::k1'"), {
      keep: /^ +(error: |clusters\/|Next: )/,
      fails: true,
    });
    await checkout.write("clusters/sbx/k2.yaml", clusterOf("k2", "t3.xlarge"));
    await checkout.write("clusters/sbx/k3.yaml", clusterOf("k3", "t3.large"));
    await run("new", pulumi("preview --target '**::k3'"), { keep: /running error: preview failed/, fails: true });
    await run("new-with-tags", pulumi("preview --target '**::k3' --target '**::k3-*'"), { keep: sums });
  },
};
