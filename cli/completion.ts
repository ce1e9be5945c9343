import type { Result, Tree, Typed } from "./base/command.ts";
import { optionsOf } from "./base/command.ts";

/** What may follow some words: the next words of commands, or the options of one. */
interface Choice {
  /** `pilot`, `pilot pr up`. */
  path: string;
  words: readonly string[];
  help: Readonly<Record<string, string>>;
}

function choicesOf(path: string, tree: Tree): Choice[] {
  const names = Object.keys(tree);
  const help = Object.fromEntries(
    Object.entries(tree).map(([name, { about }]) => [name, about.split("\n", 1).join("")]),
  );
  return [
    { path, words: names, help },
    ...Object.entries(tree).flatMap(([name, entry]): Choice[] => {
      const below = `${path} ${name}`;
      if ("commands" in entry) return choicesOf(below, entry.commands);
      const options = optionsOf(entry);
      const texts = Object.entries(options).map(([key, text]) => [`--${key.split(" ")[0] ?? ""}`, text] as const);
      const words = [...texts.map(([option]) => option), "--help"];
      const names = [below, ...(entry.alias === undefined ? [] : [`${path} ${entry.alias}`])];
      return names.map((one) => ({ path: one, words, help: Object.fromEntries(texts) }));
    }),
  ];
}

/** `npx pilot` as one word, so that shells complete it. */
const shim = 'command -v pilot >/dev/null 2>&1 || pilot() { npx pilot "$@"; }';

function bash(choices: readonly Choice[]): string {
  return `# Completion of pilot for bash: eval "$(npx pilot completion bash)"
${shim}
_pilot() {
  local path=pilot word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$path $word" in
${choices.map(({ path }) => `      "${path}") path="$path $word" ;;`).join("\n")}
    esac
  done
  case "$path" in
${choices.map(({ path, words }) => `    "${path}") COMPREPLY=($(compgen -W "${words.join(" ")}" -- "\${COMP_WORDS[COMP_CWORD]}")) ;;`).join("\n")}
  esac
}
complete -o default -F _pilot pilot`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function zsh(choices: readonly Choice[]): string {
  const described = ({ words, help }: Choice): string =>
    words.map((word) => quoted(`${word}:${(help[word] ?? "show this help").replaceAll(":", "\\:")}`)).join(" ");
  return `# Completion of pilot for zsh: eval "$(npx pilot completion zsh)"
${shim}
_pilot() {
  local place=pilot word
  local -a found
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$place $word" in
${choices.map(({ path }) => `      "${path}") place="$place $word" ;;`).join("\n")}
    esac
  done
  case "$place" in
${choices.map((choice) => `    "${choice.path}") found=(${described(choice)}) ;;`).join("\n")}
  esac
  _describe pilot found
}
compdef _pilot pilot`;
}

function fish(choices: readonly Choice[]): string {
  const lines = choices.flatMap(({ path, words, help }) => {
    const [, ...before] = path.split(" ");
    return words.map((word) => {
      const asOption = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c pilot -f -n '__pilot_at ${before.join(" ")}' ${asOption} -d ${fishQuoted(help[word] ?? "show this help")}`;
    });
  });
  return `# Completion of pilot for fish: npx pilot completion fish | source
type -q pilot; or function pilot; npx pilot $argv; end
function __pilot_at
  set -l words (commandline -opc | string match -v -- '-*')
  set -e words[1]
  set -l known (count $argv)
  test (count $words) -ge $known; or return 1
  test "$words[1..$known]" = "$argv"; or test $known -eq 0 -a (count $words) -eq 0
end
${lines.join("\n")}`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

const shells = { bash, zsh, fish };

/** The completion script of a shell, from the tree of commands. */
export function completion({ args, refusal }: Typed, tree: Tree): Result {
  const [shell, ...more] = args;
  if (shell === undefined || !(shell in shells) || more.length > 0)
    throw refusal(`it needs one of ${Object.keys(shells).join(", ")}`);
  return shells[shell as keyof typeof shells](choicesOf("pilot", tree));
}
