/** Effects of src/guard stand where its README says, and nowhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const GUARD = join(import.meta.dirname, '..', 'src', 'guard');
const EFFECT = /^import (?!type\b)[^;]*? from 'node:(?:fs|fs\/promises|http|https|child_process|worker_threads)';$/m;

it('reads, writes, listens and starts programs only where the README says', () => {
  const named = new Set(
    [...readFileSync(join(GUARD, 'README.md'), 'utf8').matchAll(/^\| (?!effect).*$/gm)].flatMap(([row]) =>
      [...row.matchAll(/`([\w/-]+(?:\.ts|\/))`/g)].map((match) => match[1] ?? ''),
    ),
  );
  const effectful = readdirSync(GUARD, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(^|[/.])(test|testing)\.ts$/.test(path))
    .filter((path) => EFFECT.test(readFileSync(join(GUARD, path), 'utf8')));
  expect(effectful.length).toBeGreaterThan(20);
  expect(effectful.filter((path) => !named.has(path) && !named.has(path.replace(/\/[^/]*$/, '/')))).toEqual([]);
  // What pushes or measures time imports none of these modules.
  const OTHER = ['signature/attach.ts', 'signature/tag-merge.ts', 'image/quarantine.ts'];
  const files = [...named].filter((path) => path.endsWith('.ts') && !OTHER.includes(path));
  expect(files.filter((path) => !effectful.includes(path))).toEqual([]);
});
