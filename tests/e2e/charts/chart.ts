import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import yaml from "js-yaml";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "{{ .Release.Name }}" },
  spec: {
    selector: { matchLabels: { app: "{{ .Release.Name }}" } },
    template: {
      metadata: { labels: { app: "{{ .Release.Name }}" } },
      spec: {
        nodeSelector: "{{ .Values.nodes }}",
        containers: [
          {
            name: "web",
            image: "web:{{ .Chart.AppVersion }}",
            resources: { requests: { cpu: "10m", memory: "16Mi" } },
          },
        ],
      },
    },
  },
};

/** Helm runs it before the objects of a release, and again at an upgrade. */
const hook = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "{{ .Release.Name }}-before",
    annotations: {
      "helm.sh/hook": "pre-install,pre-upgrade",
      "helm.sh/hook-delete-policy": "before-hook-creation",
    },
  },
  data: { revision: "{{ .Release.Revision }}" },
};

const greeting = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "{{ .Release.Name }}" },
  data: { greeting: "{{ .Values.greeting }} from {{ .Chart.Version }}" },
};

/** A chart with a deployment, a greeting from its values and version, and a hook, by its files. */
export function chartFiles(version: string): Record<string, string> {
  return {
    "Chart.yaml": yaml.dump({ apiVersion: "v2", name: "web", version, appVersion: version }),
    "values.yaml": yaml.dump({ greeting: "hello", nodes: {} }),
    "templates/deployment.yaml": yaml.dump(deployment).replace("'{{ .Values.nodes }}'", "{{ toJson .Values.nodes }}"),
    "templates/greeting.yaml": yaml.dump(greeting),
    "templates/hook.yaml": yaml.dump(hook),
  };
}

/** Packs a chart as `helm package` does: one folder of the chart's name. */
export async function packChart(folder: string, version: string): Promise<Buffer> {
  const inside = join(folder, version);
  for (const [path, text] of Object.entries(chartFiles(version))) {
    await mkdir(dirname(join(inside, "web", path)), { recursive: true });
    await writeFile(join(inside, "web", path), text);
  }
  const file = join(inside, "web.tgz");
  await execa("tar", ["-czf", file, "-C", inside, "web"]);
  return await readFile(file);
}
