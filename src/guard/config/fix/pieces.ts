/** A text that is changed bit by bit, remembered as changes of the text it was: what a diff needs. */

/** UTF-16 units [start, end) of the original become `text`. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Piece = { readonly from: number; readonly to: number; readonly text: null } | { readonly text: string };

export class Pieces {
  readonly #original: string;
  #pieces: Piece[];
  #now: string;

  constructor(original: string) {
    this.#original = original;
    this.#now = original;
    this.#pieces = [{ from: 0, to: original.length, text: null }];
  }

  get text(): string {
    return this.#now;
  }

  /** Replaces [start, end) of the text as it is now. */
  replace(start: number, end: number, text: string): void {
    const before: Piece[] = [];
    const after: Piece[] = [];
    let at = 0;
    for (const piece of this.#pieces) {
      const length = lengthOf(piece);
      if (at < start) before.push(cut(piece, 0, Math.min(length, start - at)));
      if (at + length > end) after.push(cut(piece, Math.max(0, end - at), length));
      at += length;
    }
    this.#pieces = [...before, ...(text === '' ? [] : [{ text }]), ...after].filter((piece) => lengthOf(piece) > 0);
    this.#now = this.#now.slice(0, start) + text + this.#now.slice(end);
  }

  /** What leads from the original to the text as it is now, in order and apart from each other. */
  changes(): Change[] {
    const out: Change[] = [];
    let at = 0;
    let text = '';
    for (const piece of [...this.#pieces, { from: this.#original.length, to: this.#original.length, text: null }]) {
      if (piece.text !== null) {
        text += piece.text;
        continue;
      }
      if (text !== '' || piece.from > at) out.push({ start: at, end: piece.from, text });
      text = '';
      at = piece.to;
    }
    return out;
  }
}

function lengthOf(piece: Piece): number {
  return piece.text === null ? piece.to - piece.from : piece.text.length;
}

function cut(piece: Piece, from: number, to: number): Piece {
  return piece.text === null
    ? { from: piece.from + from, to: piece.from + to, text: null }
    : { text: piece.text.slice(from, to) };
}
