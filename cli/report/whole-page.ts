import { createHash } from "node:crypto";
import { html, Html } from "./html.ts";
import { style } from "./style.ts";

export const section = (id: string, title: string, body: Html): Html =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section>`;

/** Terms with what they are; those without a value are left out. */
export const definitions = (rows: readonly (readonly [term: string, value: Html | undefined])[]): Html =>
  html`<dl>
    ${rows.map(
      ([term, value]) =>
        value &&
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;

/** Text that breaks into lines before a dot. */
export const breakable = (path: string): Html[] =>
  path.split(/(?=\.)/).map((part, index) => (index === 0 ? html`${part}` : html`<wbr />${part}`));

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** A page that needs no other file and no network, and runs no script. Its policy allows its own style alone. */
export function wholePage({ title, main, footer }: { title: string; main: Html; footer: Html }): string {
  const styleHash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        ${main}
        <footer><p>${footer}</p></footer>
      </body>
    </html> `.text;
}
