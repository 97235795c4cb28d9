/** Cuts a YAML stream into its documents by lines, so that one that is broken does not take the others with it. */

/** One document of a stream. */
export interface StreamDocument {
  /** With the comments before it, without the `---` line. */
  readonly text: string;
  /** UTF-16 units from the beginning of the stream. */
  readonly offset: number;
  /** 1-based line of the stream on which `text` begins. */
  readonly line: number;
  /** Columns before `text` on its first line: 3 after `---` with content on its own line. */
  readonly indent: number;
  /** What Helm writes as `# Source: chart/templates/x.yaml`; empty where it did not. */
  readonly template: string;
}

/** Text of the marker line after `---`, e.g. `--- # comment` or `--- {a: b}`. */
const MARKER = /^(---|\.\.\.)(?=[ \t\r]|$)/;

/**
 * Documents of `text` that hold something. `---` and `...` at the beginning of a line end a document wherever they stand, in block and
 * quoted scalars too (YAML 1.2.2, 9.1.2), so no parser is needed to find them.
 */
export function splitStream(text: string): StreamDocument[] {
  const out: StreamDocument[] = [];
  let start = 0;
  let startLine = 1;
  let indent = 0;
  let line = 1;
  const close = (end: number): void => {
    const piece = text.slice(start, end);
    if (holdsSomething(piece))
      out.push({ text: piece, offset: start, line: startLine, indent, template: templateOf(piece) });
  };
  for (let at = 0; at < text.length; line++) {
    const found = text.indexOf('\n', at);
    const end = found === -1 ? text.length : found;
    const first = text.charCodeAt(at);
    if ((first === 0x2d || first === 0x2e) && MARKER.test(text.slice(at, Math.min(end, at + 4)))) {
      close(at);
      // What stands on the marker's own line belongs to the document.
      const rest = text.slice(at + 3, end).trim();
      const sameLine = rest !== '' && !rest.startsWith('#');
      start = sameLine ? at + 3 : Math.min(end + 1, text.length);
      indent = sameLine ? 3 : 0;
      startLine = sameLine ? line : line + 1;
    }
    at = end + 1;
  }
  close(text.length);
  return out;
}

/** Anything but comments, directives and empty lines. */
function holdsSomething(piece: string): boolean {
  return /^[ \t]*[^\s#%]/m.test(piece);
}

function templateOf(piece: string): string {
  return /^# Source: ([^\s#]{1,300})[ \t\r]*$/m.exec(piece.slice(0, 2000))?.[1] ?? '';
}
