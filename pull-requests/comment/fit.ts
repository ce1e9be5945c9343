/**
 * A piece of a comment. Pieces are whole: a table or a code block that is cut in the middle would swallow what follows.
 */
export interface Piece {
  text: string;
  /** Said in its place when there is no room. */
  instead: string;
  /** Pieces of a lower turn get their room first, wherever they stand. */
  turn: number;
}

const cut = "\n\n_Cut here for want of room._";

/** Puts together as many pieces as fit, in their order; in place of those that do not, their notice. */
export function fit(pieces: readonly Piece[], limit: number): string {
  const between = "\n\n";
  const room = (text: string): number => (text === "" ? 0 : text.length + between.length);
  const texts = pieces.map(({ instead }) => instead);
  let length = texts.reduce((sum, text) => sum + room(text), 0);
  const turns = pieces
    .map((piece, index) => ({ ...piece, index }))
    .sort((a, b) => a.turn - b.turn || a.index - b.index);
  for (const { text, instead, index } of turns) {
    const longer = length - room(instead) + room(text);
    if (longer - between.length > limit) continue;
    texts[index] = text;
    length = longer;
  }
  const whole = texts.filter((text) => text !== "").join(between);
  return whole.length <= limit ? whole : `${whole.slice(0, limit - cut.length)}${cut}`;
}
