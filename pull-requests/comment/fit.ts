/** A part of a comment, used whole or not at all: a table or code block cut in two would swallow what follows. */
export interface Piece {
  text: string;
  /** Replaces the text if the comment is too long. */
  notice: string;
  /** Pieces of a lower number are fitted first, whatever their position. */
  priority: number;
}

const cut = "\n\n_Cut off: the comment is too long._";

/** Joins the pieces in their order. A piece that does not fit is replaced by its notice. */
export function fit(pieces: readonly Piece[], limit: number): string {
  const between = "\n\n";
  const room = (text: string): number => (text === "" ? 0 : text.length + between.length);
  const texts = pieces.map(({ notice }) => notice);
  let length = texts.reduce((sum, text) => sum + room(text), 0);
  const byPriority = pieces
    .map((piece, index) => ({ ...piece, index }))
    .sort((a, b) => a.priority - b.priority || a.index - b.index);
  for (const { text, notice, index } of byPriority) {
    const longer = length - room(notice) + room(text);
    if (longer - between.length > limit) continue;
    texts[index] = text;
    length = longer;
  }
  const whole = texts.filter((text) => text !== "").join(between);
  return whole.length <= limit ? whole : `${whole.slice(0, limit - cut.length)}${cut}`;
}
