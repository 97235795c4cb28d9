/**
 * Checks that imports go the one way of docs/architecture.md: `node scripts/check-imports.ts [ROOT]`.
 * Prints one line per import that does not, and exits 1 then.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';

/** Folders of src/ that a folder may import from, besides itself; `types` with `import type` only. */
interface Allowed {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

const ANYTHING_BUT_CLI = ['evidence', 'stats', 'golang', 'findings', 'diagnose', 'review', 'guard', 'collect'] as const;
const DETECTOR: Allowed = { values: ['evidence', 'stats', 'golang', 'findings'], types: [] };

const ALLOWED: Readonly<Record<string, Allowed>> = {
  evidence: { values: [], types: ['stats', 'golang'] },
  stats: { values: [], types: ['evidence', 'golang'] },
  golang: { values: [], types: ['evidence', 'stats'] },
  findings: { values: [], types: [] },
  diagnose: DETECTOR,
  review: DETECTOR,
  guard: DETECTOR,
  collect: { values: ['evidence'], types: [] },
  lsp: { values: ['golang', 'findings', 'review'], types: [] },
  watch: { values: ANYTHING_BUT_CLI, types: [] },
  cli: { values: [...ANYTHING_BUT_CLI, 'lsp', 'watch'], types: [] },
};

/** Where sources are besides src/; these may import anything from it but `cli`. */
const TOOLS = ['scripts', 'bench'];

/** What the page (ui/) may import from src/: what needs no Node, and types. */
const PAGE = { values: ['src/findings/units.ts', 'src/diagnose/packages.ts'], types: ['src/watch/api/contract.ts'] };

/** One import that is not allowed. */
export interface Violation {
  /** Path from the root, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly says: string;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

/** Every import in the tree under `root` that goes against the rules, in the order of the file names. */
export function checkImports(root: string): Violation[] {
  const violations: Violation[] = [];
  for (const file of sources(root)) {
    for (const found of importsOf(readFileSync(join(root, file), 'utf8'))) {
      if (!found.specifier.startsWith('.')) continue;
      const target = posix.normalize(posix.join(posix.dirname(file), found.specifier));
      const says = objection(file, target, found.typeOnly);
      if (says !== null) violations.push({ file, line: found.line, says });
    }
  }
  return violations;
}

/** Why `file` may not import `target` (both from the root), or null where it may. */
function objection(file: string, target: string, typeOnly: boolean): string | null {
  // Tests, fuzz targets among them, see everything: they hold the parts against each other.
  if (isTest(file)) return null;
  if (file.startsWith('ui/')) return pageObjection(target, typeOnly);
  const from = folderOf(file);
  // What helps the tests may help the tools, too, but is no part of the product.
  if (isTest(target) && (from !== null || !target.startsWith('src/testing/'))) return `imports a test (${target})`;
  const to = folderOf(target);
  if (to === null) return from === null || target === 'package.json' ? null : `imports from outside src/ (${target})`;
  if (from === null) return to === 'cli' ? `imports src/cli (${target}): nothing does` : null;
  if (from === to) return null;
  const allowed = ALLOWED[from];
  if (allowed === undefined)
    return `src/${from} has no rule: add it to scripts/check-imports.ts and docs/architecture.md`;
  if (allowed.values.includes(to)) return null;
  if (!allowed.types.includes(to)) return `src/${from} may not import src/${to} (${target})`;
  return typeOnly ? null : `src/${from} may import only types from src/${to} (${target}): use \`import type\``;
}

/** The same for a file of the page. */
function pageObjection(target: string, typeOnly: boolean): string | null {
  if (target.startsWith('ui/') || PAGE.values.includes(target)) return null;
  if (PAGE.types.includes(target))
    return typeOnly ? null : `ui may import only types from ${target}: use \`import type\``;
  return `ui may not import ${target}: it runs in a browser`;
}

/** The folder below src/, or null for what is not in src/. A file right in src/ is its own folder. */
function folderOf(path: string): string | null {
  const [top, folder] = path.split('/');
  return top === 'src' ? (folder ?? '') : null;
}

function isTest(path: string): boolean {
  return /^(test|fuzz|src\/testing)\//.test(path) || path.endsWith('.test.ts');
}

function sources(root: string): string[] {
  const found: string[] = [];
  for (const top of ['src', ...TOOLS, 'ui/src']) {
    let entries: string[];
    try {
      entries = readdirSync(join(root, top), { recursive: true, encoding: 'utf8' });
    } catch {
      continue; // Not every checkout has every folder.
    }
    for (const entry of entries) {
      const path = relative(root, join(root, top, entry))
        .split(sep)
        .join('/');
      if (/\.tsx?$/.test(path) && !path.includes('/testdata/')) found.push(path);
    }
  }
  return found.sort();
}

/** `import … from`, `export … from`, `import '…'` and `import('…')`; `typeof import('…')` counts as a value. */
const IMPORT =
  /\b(?:import|export)\s+(type\s+)?(?:[\w$*{][^'"`;()]*?)?\bfrom\s*(['"])(.+?)\2|\bimport\s*\(?\s*(['"])(.+?)\4/g;

/** All imports in TypeScript source text, with 1-based lines. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (const match of code.matchAll(IMPORT)) {
    const specifier = match[3] ?? match[5];
    if (specifier === undefined) continue;
    const line = code.slice(0, match.index).split('\n').length;
    found.push({ specifier, line, typeOnly: match[1] !== undefined });
  }
  return found;
}

/** The source with comments and template literals blanked; strings and line breaks stay. */
function withoutComments(source: string): string {
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;
  return source.replace(token, (text) => (/^['"]/.test(text) ? text : text.replace(/[^\n]/g, ' ')));
}

function main(root: string): void {
  const violations = checkImports(root);
  for (const { file, line, says } of violations) process.stdout.write(`${file}:${line}: ${says}\n`);
  if (violations.length > 0) process.exitCode = 1;
}

if (import.meta.main) main(process.argv[2] ?? dirname(import.meta.dirname));
