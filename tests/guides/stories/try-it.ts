import { makeCheckout } from "../../e2e/checkout.ts";
import type { Story } from "../stage.ts";

const up = "npm run local -- pulumi up --stack sbx --yes --skip-preview";
/** Lines of a cluster that do not depend on how fast the machine is. */
const ofCluster = /^\[k1\.sbx\] (?!still |plan: |press |waiting )/;

/** docs/guide/try-it.md: a newcomer with the tools in the cache. */
export const tryIt: Story = {
  name: "try-it",
  checkout: () => makeCheckout({ byNpm: true }),
  tell: async ({ run, start }) => {
    await run("start", "npm start", { keep: /^Cluster |^ {2}(Kubernetes |\w.* npm run )|^Next:/ });
    await run("change", "sed -i 's/t3.large/t3.xlarge/' clusters/sbx/k1.yaml");
    await run("preview", "npm run local -- pulumi preview --stack sbx", { keep: /\] plan: / });

    const roll = start("up", up, { keep: ofCluster });
    await roll.until(/applying the change/);
    const watch = start("watch", "npm run local -- npx pilot status k1 --watch", {
      keep: /running|rolling|replaced|succeeded|ready/,
    });
    await roll.end();
    await watch.end();
    await run("history", "npm run local -- npx pilot history k1");
    await run("report", "npm run local -- npx pilot report k1 --out report.html");

    await run("back", "sed -i 's/t3.xlarge/t3.large/' clusters/sbx/k1.yaml");
    const killed = start("killed", `${up} &`, { keep: ofCluster });
    await killed.until(/rolling nodes 2\/3 replacing/);
    await killed.kill();
    await run("interrupted", "npm run local -- npx pilot status k1", {
      fails: true,
      keep: /^(k1|operation|step|roll |error|Next:)|^ +replacing/,
    });
    await run("again", up, { keep: ofCluster });
    await run("recovered", "npm run local -- npx pilot history k1");
  },
};
