import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkImports, importsOf } from '../scripts/check-imports.ts';

const trees: string[] = [];

/** A temporary source tree: path → text. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'hemostat-imports-'));
  trees.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

afterEach(() => {
  for (const root of trees.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe('checkImports', () => {
  it('accepts the way of the architecture', () => {
    const root = tree({
      'src/evidence/a.ts': "import { b } from './pprof/b.ts';\nimport type { Fit } from '../stats/fit.ts';\n",
      'src/evidence/pprof/b.ts':
        "import { EvidenceError } from '../error.ts';\nimport { gunzipSync } from 'node:zlib';\n",
      'src/diagnose/c.ts': "import { b } from '../evidence/a.ts';\nimport { x } from '../findings/model.ts';\n",
      'src/collect/d.ts': "import { b } from '../evidence/a.ts';\n",
      'src/cli/e.ts': "const m = await import('../diagnose/c.ts');\n",
      'bench/f.ts': "import { b } from '../src/evidence/a.ts';\nimport { t } from '../src/testing/t.ts';\n",
      'ui/src/h.tsx':
        "import { f } from '../../src/findings/units.ts';\nimport type { V } from '../../src/watch/api/contract.ts';\nimport './h.css';\n",
      'fuzz/g.ts': "import { e } from '../src/cli/e.ts';\n",
      'src/evidence/a.test.ts': "import { e } from '../cli/e.ts';\n",
    });
    expect(checkImports(root)).toEqual([]);
  });

  it.each([
    ['src/evidence/a.ts', "import { x } from '../findings/model.ts';", 'src/evidence may not import src/findings'],
    ['src/evidence/pprof/a.ts', "export { x } from '../../collect/x.ts';", 'src/evidence may not import src/collect'],
    ['src/evidence/a.ts', "import { x } from '../stats/x.ts';", 'may import only types from src/stats'],
    ['src/stats/a.ts', "import { x } from '../diagnose/x.ts';", 'src/stats may not import src/diagnose'],
    ['src/findings/a.ts', "import type { X } from '../evidence/x.ts';", 'src/findings may not import src/evidence'],
    ['src/diagnose/a.ts', "import { x } from '../collect/x.ts';", 'src/diagnose may not import src/collect'],
    ['src/diagnose/a.ts', "import { x } from '../cli/exit.ts';", 'src/diagnose may not import src/cli'],
    ['src/collect/a.ts', "const x = import('../cli/exit.ts');", 'src/collect may not import src/cli'],
    ['src/watch/a.ts', "import '../cli/main.ts';", 'src/watch may not import src/cli'],
    ['src/cli/a.ts', "import { x } from './a.test.ts';", 'imports a test'],
    ['src/diagnose/a.ts', "import { x } from '../testing/x.ts';", 'imports a test'],
    ['src/cli/a.ts', "import { x } from '../../bench/run.ts';", 'imports from outside src/'],
    ['src/novel/a.ts', "import { x } from '../evidence/x.ts';", 'src/novel has no rule'],
    ['ui/src/a.tsx', "import { x } from '../../src/evidence/x.ts';", 'ui may not import src/evidence/x.ts'],
    ['ui/src/a.ts', "import { x } from '../../src/watch/api/contract.ts';", 'ui may import only types'],
    ['bench/a.ts', "import { x } from '../src/cli/x.ts';", 'imports src/cli'],
  ])('reports %s with %s', (file, text, says) => {
    const violations = checkImports(tree({ [file]: `\n${text}\n` }));
    expect(violations).toEqual([{ file, line: 2, says: expect.stringContaining(says) }]);
  });

  it('holds for this repository', () => {
    expect(checkImports(join(import.meta.dirname, '..'))).toEqual([]);
  });
});

describe('importsOf', () => {
  it('reads every form over several lines and skips comments and template literals', () => {
    const source = [
      "// import { no } from './comment.ts';",
      "/* export * from './block.ts' */",
      'const text = `',
      "import x from './template.ts';`;",
      "const url = 'http://x'; import a from './a.ts';",
      'import {',
      '  type B,',
      '  c,',
      "} from './b.ts';",
      "import type { D } from './d.ts';",
      "export * from './e.ts';",
      "export type { F } from './f.ts';",
      "import './g.ts';",
      "const h = await import('./h.ts');",
      'const notOne = \'imported from "./i.ts"\';',
    ].join('\n');
    expect(importsOf(source).map((found) => [found.specifier, found.line, found.typeOnly])).toEqual([
      ['./a.ts', 5, false],
      ['./b.ts', 6, false],
      ['./d.ts', 10, true],
      ['./e.ts', 11, false],
      ['./f.ts', 12, true],
      ['./g.ts', 13, false],
      ['./h.ts', 14, false],
    ]);
  });
});
