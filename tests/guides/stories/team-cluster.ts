import type { Story } from "../stage.ts";
import { livingStack } from "./whole.ts";

/** docs/guide/team-cluster.md, private-cluster.md and app-team.md: a second cluster, and what an app team gets. */
export const teamCluster: Story = {
  name: "team-cluster",
  checkout: () => livingStack(["k1"]),
  tell: async ({ run }) => {
    await run("new", "npx pilot new k2 --stack sbx --like clusters/sbx/k1.yaml");
    await run("preview", "npm run local -- pulumi preview --stack sbx", { keep: /\] plan: (?!all names)/ });
    await run("kubeconfig", "npm run --silent local -- npx pilot kubeconfig k1 > k1.kubeconfig");
    await run("nodes", "npm run --silent local -- kubectl --kubeconfig k1.kubeconfig get nodes", {
      // In the order of their ids.
      keep: /^NAME|Ready +node /,
    });
  },
};
