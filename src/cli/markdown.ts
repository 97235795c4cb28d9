/** The little Markdown that our own pages use, for a terminal: headings, paragraphs, lists, code, tables as they are. */

import picocolors from 'picocolors';
import { printable, type Terminal, wrap } from '../findings/layout.ts';

type Paint = ReturnType<typeof picocolors.createColors>;

/** `markdown` as lines of at most the terminal's width (100 at most; code is not wrapped), with a newline at the end. */
export function renderMarkdown(markdown: string, terminal: Terminal): string {
  const paint = picocolors.createColors(terminal.color);
  const width = Math.min(100, terminal.width);
  const out: string[] = [];
  for (const block of blocksOf(printable(markdown, terminal.unicode))) {
    if (out.length > 0) out.push('');
    out.push(...render(block, width, paint));
  }
  return `${out.join('\n')}\n`;
}

type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'table'; readonly lines: readonly string[] }
  | { readonly kind: 'list'; readonly items: readonly { readonly mark: string; readonly text: string }[] }
  | { readonly kind: 'paragraph'; readonly text: string };

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] ?? '';
    const heading = /^(#+) (.*)$/.exec(line);
    if (line.trim() === '') {
      i++;
    } else if (heading !== null) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
      i++;
    } else if (line.startsWith('```')) {
      const end = lines.findIndex((other, at) => at > i && other.startsWith('```'));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: 'code', lines: lines.slice(i + 1, stop) });
      i = stop + 1;
    } else {
      const end = lines.findIndex((other, at) => at > i && (other.trim() === '' || /^(#+ |```)/.test(other)));
      const stop = end < 0 ? lines.length : end;
      blocks.push(textBlock(lines.slice(i, stop)));
      i = stop;
    }
  }
  return blocks;
}

const ITEM = /^(\s*)([-*]|\d+\.) (.*)$/;

function textBlock(lines: readonly string[]): Block {
  const [first = ''] = lines;
  if (first.startsWith('|')) return { kind: 'table', lines };
  if (!ITEM.test(first)) return { kind: 'paragraph', text: lines.map((line) => line.trim()).join(' ') };
  const items: { mark: string; text: string }[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    const last = items.at(-1);
    if (item !== null) items.push({ mark: `${item[1] ?? ''}${item[2] ?? '-'} `, text: item[3] ?? '' });
    else if (last !== undefined) last.text += ` ${line.trim()}`;
  }
  return { kind: 'list', items };
}

function render(block: Block, width: number, paint: Paint): string[] {
  switch (block.kind) {
    case 'heading': {
      const text = wrap(block.text, width);
      return block.level === 1
        ? text.map((line) => paint.bold(paint.underline(line)))
        : text.map((line) => paint.bold(line));
    }
    case 'code':
      return block.lines.map((line) => (line === '' ? '' : `    ${paint.cyan(line)}`));
    case 'table':
      return block.lines.map((line) => `  ${line}`);
    case 'list':
      return block.items.flatMap(({ mark, text }) =>
        wrap(plain(text), width, `  ${mark}`, ' '.repeat(mark.length + 2)),
      );
    case 'paragraph':
      return wrap(plain(block.text), width, '  ');
  }
}

/** Links become their text; emphasis and code marks are read as they are written. */
function plain(text: string): string {
  return text.replace(/\[([^\]]+)\]\((?:[^)]+)\)/g, '$1').replaceAll('**', '');
}
