import { makeForeignNetwork } from "../../e2e/network/foreign.ts";
import type { WholeCheckout } from "../../e2e/whole/index.ts";
import { makeWholeCheckout } from "../../e2e/whole/index.ts";
import type { Story } from "../stage.ts";
import { clusterOf, yamlIn } from "./whole.ts";

const plans = /\] plan: (?!all names)|aws:ec2:(Vpc|Subnet|Tag) /;

/** docs/guide/existing-vpc.md: the config that it shows, in a VPC that somebody else made. */
export const existingVpc: Story = {
  name: "existing-vpc",
  checkout: async () => {
    const whole: WholeCheckout = await makeWholeCheckout();
    try {
      await makeForeignNetwork(whole.ec2, { name: "shared", prefix: "10.60", zones: "ab" });
      const { config } = yamlIn("existing-vpc") as { config: Record<string, unknown> };
      const own = Object.entries(config).map(([key, value]) => [key.replace("pilot:", ""), value] as const);
      await whole.stack("sbx", { ...Object.fromEntries(own), sandbox: true, stateStore: { onDestroy: "purge" } });
      await whole.write("clusters/sbx/k1.yaml", clusterOf("k1", "t3.large").replace("10.0.0.0/8", "10.60.0.0/16"));
      return whole;
    } catch (error) {
      await whole.remove();
      throw error;
    }
  },
  tell: async ({ run }) => {
    await run("preview", "npm run local -- pulumi preview --stack sbx", { keep: plans });
    await run("up", "npm run local -- pulumi up --stack sbx --yes --skip-preview", {
      keep: /aws:ec2:(Vpc|Subnet|Tag) .* created|is up to date/,
    });
    await run("again", "npm run local -- pulumi preview --stack sbx", { keep: /unchanged/ });
  },
};
