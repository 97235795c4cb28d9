/** gofmt is the oracle: edits of lines with comments behind them, over files of the standard library. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { applyEdits, type Edit, inOrder, settle } from './fix-edits.ts';
import { keepAligned } from './fix-layout.ts';
import { SourceText } from './report-sources.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-layout-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A variable that a call gives, with a comment behind it. Operators are left out: gofmt sets them closer in a call of two arguments. */
const CALL = /^(\t+)(\w+(?:, \w+)* := \w[\w.]*\w\([^\n"`()/+*|&<>%:-]*)\) +\/\/ /gm;

/** `, 8` at the end of the call, as room in a channel is; and a line below it, as `defer cancel()` is. */
function editsAt(text: string, call: RegExpExecArray): Edit[] {
  const [, indent = '', code = ''] = call;
  const end = Buffer.byteLength(text.slice(0, call.index + indent.length + code.length));
  const argument = code.endsWith('(') ? '8' : ', 8';
  return [
    { start: end, end, text: argument },
    { start: end + 1, end: end + 1, text: `\n${indent}defer cancel()` },
  ];
}

it('keeps files of the standard library as gofmt formats them', () => {
  const root = join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.go') && !name.includes('testdata'),
  );
  let made = 0;
  for (const name of names.sort().filter((_, i) => i % 3 === 0)) {
    const bytes = readFileSync(join(root, name));
    const text = bytes.toString('utf8');
    const calls = [...text.matchAll(CALL)];
    const call = calls[made % Math.max(1, calls.length)];
    if (call === undefined) continue;
    for (const edit of editsAt(text, call)) {
      const settled = settle(edit, new SourceText(bytes));
      const after = applyEdits(bytes, keepAligned(bytes, inOrder([settled])));
      writeFileSync(join(dir, `${made++}_${name.replaceAll(/[\\/]/g, '_')}`), after);
    }
  }
  expect(made).toBeGreaterThan(100);
  expect(execFileSync('gofmt', ['-l', '.'], { cwd: dir, encoding: 'utf8' })).toBe('');
});
