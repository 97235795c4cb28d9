/** Which lines a comment on a line of its own is about. */
import { createNames } from '../golang/names.ts';
import { Scanner } from '../golang/scan.ts';
import { Token } from '../golang/tokens.ts';
import type { SourceText } from './report-sources.ts';

/** Bytes; a statement that is longer is taken to end there, so that no file makes many comments costly. */
const LONGEST = 256 << 10;
/** Most statements end within so many bytes. */
const FIRST_LOOK = 1 << 10;

/**
 * The 1-based last line of the declaration or statement that begins on `line`: where its semicolon is, written or not,
 * outside of all brackets; or where the block around it ends.
 */
export function lastLineOf(text: SourceText, line: number): number {
  const start = text.startOf(line);
  for (let size = FIRST_LOOK; ; size *= 8) {
    const piece = text.bytes.subarray(start, start + Math.min(size, LONGEST));
    const { last, ended } = lastByteOf(piece);
    if (ended || piece.length < size || size >= LONGEST) return text.lineAt(start + last);
  }
}

/** Offset of the last byte of the statement that `piece` begins with; `ended`: its end is in the piece. */
function lastByteOf(piece: Uint8Array): { last: number; ended: boolean } {
  // The scanner wants a NUL byte after the file.
  const source = new Uint8Array(piece.length + 1);
  source.set(piece);
  const scanner = new Scanner(createNames());
  scanner.source = source;
  scanner.startFile(0, piece.length);
  let depth = 0;
  let last = 0;
  for (scanner.next(); scanner.tok !== Token.EOF; scanner.next()) {
    if (scanner.tok === Token.LParen || scanner.tok === Token.LBrack || scanner.tok === Token.LBrace) depth++;
    if (scanner.tok === Token.RParen || scanner.tok === Token.RBrack || scanner.tok === Token.RBrace) depth--;
    // A semicolon that the end of the piece makes is none.
    if (depth < 0 || (depth === 0 && scanner.tok === Token.Semicolon && scanner.end < piece.length))
      return { last, ended: true };
    last = Math.max(scanner.start, scanner.end - 1);
  }
  return { last, ended: false };
}
