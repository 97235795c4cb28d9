/** Which lines a comment on a line of its own is about. */
import { createNames } from '../golang/names.ts';
import { Scanner } from '../golang/scan.ts';
import { Token } from '../golang/tokens.ts';
import type { SourceText } from './report-sources.ts';

/** Bytes; a statement that is longer is taken to end there, so that no file makes many comments costly. */
const LONGEST = 256 << 10;

/**
 * The 1-based last line of the declaration or statement that begins on `line`: where its semicolon is, written or not,
 * outside of all brackets; or where the block around it ends.
 */
export function lastLineOf(text: SourceText, line: number): number {
  const start = text.startOf(line);
  const size = Math.min(text.bytes.length - start, LONGEST);
  // The scanner wants a NUL byte after the file.
  const source = new Uint8Array(size + 1);
  source.set(text.bytes.subarray(start, start + size));
  const scanner = new Scanner(createNames());
  scanner.source = source;
  scanner.startFile(0, size);
  let depth = 0;
  let last = 0;
  for (scanner.next(); scanner.tok !== Token.EOF; scanner.next()) {
    if (scanner.tok === Token.LParen || scanner.tok === Token.LBrack || scanner.tok === Token.LBrace) depth++;
    if (scanner.tok === Token.RParen || scanner.tok === Token.RBrack || scanner.tok === Token.RBrace) depth--;
    if (depth < 0 || (depth === 0 && scanner.tok === Token.Semicolon)) break;
    last = Math.max(scanner.start, scanner.end - 1);
  }
  return text.lineAt(start + last);
}
