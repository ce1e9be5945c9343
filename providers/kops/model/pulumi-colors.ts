/*
 * Pulumi shows what a provider prints, and replaces tags of its own by colours: on a terminal by escape sequences,
 * elsewhere (a pipe, NO_COLOR, `--color never`, `--json`) by nothing (sdk/go/common/diag/colors in pulumi/pulumi). So
 * the provider need not know the terminal, and a log stays plain.
 */

const tags = { bold: "<{%bold%}>", red: "<{%fg 1%}>", yellow: "<{%fg 3%}>" } as const;
const reset = "<{%reset%}>";

export type Paint = keyof typeof tags;

/** The text without tags: Pulumi drops what follows one, and crashes on one that it does not know. */
export function withoutTags(text: string): string {
  return text.replaceAll("<{%", "<{ %");
}

/** A text in a colour, for a line that Pulumi shows. */
export function painted(text: string, paint: Paint | undefined): string {
  return paint === undefined ? withoutTags(text) : `${tags[paint]}${withoutTags(text)}${reset}`;
}
