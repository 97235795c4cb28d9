/** The worked example of docs/source-review.md is run, so that the page stays true. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { goRoot } from '../scripts/compare-go-idents.ts';
import { bind } from '../src/golang/bind.ts';
import { createNames } from '../src/golang/names.ts';
import { createTreeBuilder } from '../src/golang/parse.ts';
import { positionAt } from '../src/golang/tree.ts';
import { createWorld } from '../src/golang/types/world.ts';
import { NO_FACTS } from '../src/review/facts.ts';
import { createPass } from '../src/review/pass.ts';
import type { Rule } from '../src/review/rule.ts';
import { mismatches, wantsOf } from '../src/testing/review-wants.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/source-review.md'), 'utf8');

/** The first block of a language, without the indent of the list that it is in. */
function block(language: string): string {
  const [, indent = '', text = ''] =
    new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, 'm').exec(PAGE) ?? [];
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** The rule, with its imports made absolute. */
async function exampleRule(dir: string): Promise<Rule> {
  const rules = join(ROOT, 'src/review/rules/');
  const source = block('ts').replace(/from '(\.[^']*)'/g, (_, path: string) => {
    return `from '${pathToFileURL(join(rules, path)).href}'`;
  });
  const file = join(dir, 'rule.ts');
  writeFileSync(file, source);
  const module: { finalizerKeepsObject: Rule } = await import(pathToFileURL(file).href);
  return module.finalizerKeepsObject;
}

function check(rule: Rule, dir: string, source: string): string[] {
  const names = createNames();
  const builder = createTreeBuilder(names);
  builder.add('bad.go', Buffer.from(source));
  const tree = builder.finish();
  const bindings = bind(tree);
  const module = { path: 'example.com', dir, go: [1, 26] as const };
  const pkg = { importPath: 'example.com/conn', name: 'conn', dir, module, files: [], imports: ['os', 'runtime'] };
  const world = createWorld({ names, load: { cwd: dir }, read: (path) => readFileSync(path) });
  const got: Parameters<typeof mismatches>[1][number][] = [];
  rule.check(
    createPass({
      pkg,
      tree,
      bindings,
      typing: world.typing(tree, bindings, pkg),
      buildFlow: () => {
        throw new Error('the example asks for no graph');
      },
      facts: NO_FACTS,
      leaveFacts: () => {},
      report: ({ node, message, confidence }) => {
        const { path, line } = positionAt(tree, tree.start[node] ?? 0);
        got.push({ path, line, rule: rule.id, confidence, message });
      },
    }),
  );
  return mismatches(wantsOf('bad.go', source), got);
}

it.skipIf(goRoot() === '')('has a worked example that reports what its page says', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'rule-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'go.mod'), 'module example.com\n\ngo 1.26\n');
  const rule = await exampleRule(dir);
  const bad = block('go');
  expect(wantsOf('bad.go', bad)).toHaveLength(1);
  expect(check(rule, dir, bad)).toEqual([]);
  const good = bad.replace('func(*Conn)', 'func(c *Conn)').replace(/ \/\/ want.*/, '');
  expect(check(rule, dir, good)).toEqual([]);
  expect(check(rule, dir, bad.replace(/ \/\/ want.*/, ''))).toHaveLength(1);
});

it('names files that are there', () => {
  for (const [, path = ''] of PAGE.matchAll(/`((?:src|scripts|bench|fuzz|test)\/[\w/.-]+\.ts)`/g)) {
    expect(() => readFileSync(join(ROOT, path)), path).not.toThrow();
  }
});
