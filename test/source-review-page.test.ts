/** The rule that docs/source-review.md writes is one: newcomers start by copying it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analysePackage } from '../src/review/analyse.ts';
import { NO_FACTS } from '../src/review/facts.ts';
import { createFrontEnd } from '../src/review/front-end.ts';
import type { Rule } from '../src/review/rule.ts';
import { mismatches, wantsOf } from '../src/testing/review-wants.ts';

const ROOT = join(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs', 'source-review.md'), 'utf8');

/** The first fence of a language inside the numbered list, without its indent. */
function fence(language: string): string {
  const [, text] = new RegExp(`^ {3}\`\`\`${language}\\n([\\s\\S]*?)^ {3}\`\`\``, 'm').exec(page) ?? [];
  if (text === undefined) throw new Error(`the page has no ${language}`);
  return text.replace(/^ {3}/gm, '');
}

/** The rule as the page has it; its imports are relative to src/review/rules. */
async function ruleOfPage(): Promise<Rule> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-page-'));
  try {
    const file = join(dir, 'rule.ts');
    const src = join(ROOT, 'src');
    writeFileSync(file, fence('ts').replaceAll("'../../", `'${src}/`).replaceAll("'../", `'${src}/review/`));
    const { finalizerKeepsObject }: { finalizerKeepsObject: Rule } = await import(file);
    return finalizerKeepsObject;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

it('reports what the bad example wants, and nothing in the good one', async () => {
  const rule = await ruleOfPage();
  const bad = fence('go');
  const good = bad.replace('func(*Conn) {', 'func(c *Conn) {').replace(/ \/\/ want .*/, '');
  const path = '/conn/conn.go';
  const pkg = {
    importPath: 'example.com/conn',
    name: 'conn',
    dir: '/conn',
    module: { path: 'example.com', dir: '/', go: [1, 26] as const },
    files: [],
    imports: ['os', 'runtime'],
  };
  const found = (source: string): string[] => {
    const sources = [{ path, bytes: new TextEncoder().encode(source) }];
    const frontEnd = createFrontEnd({ load: { cwd: ROOT } });
    return mismatches(wantsOf(path, source), analysePackage(frontEnd, pkg, sources, [rule], NO_FACTS).reports);
  };
  expect(wantsOf(path, bad)).toHaveLength(1);
  expect(good).not.toBe(bad);
  expect(found(bad)).toEqual([]);
  expect(found(good)).toEqual([]);
});
