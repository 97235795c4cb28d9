/** What a project has that a part could look at: the defaults of a gate without configuration. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { countPackages, requiresModules } from '../deps/manifest.ts';

export interface Present {
  /** Some file of Go. */
  readonly go: boolean;
  /** Lock files, relative to the root; also package.json and go.mod that ask for packages: a lock that went away is missed. */
  readonly locks: readonly string[];
  /** Directories in which manifests usually are, relative to the root, with at least one YAML or JSON file. */
  readonly manifests: readonly string[];
  /** Helm charts: they have to be rendered first. */
  readonly charts: readonly string[];
  /** Whether all was looked at; otherwise the walk ended early, and what is missing may be there. */
  readonly whole: boolean;
}

const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'go.sum', 'go.work.sum'];
/** Are not read, which the part then says. */
const OTHER_LOCKS = ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb', 'deno.lock'];
const LARGEST_MANIFEST = 4 << 20;
/** Below them are others' files, or none that a gate is about. */
const SKIPPED = ['node_modules', 'vendor', 'testdata', 'dist', 'target', '.git'];
const MANIFEST_DIRS = /^(deploy|deployment|deployments|k8s|kubernetes|manifests|kustomize)$/;
const MANIFEST_FILE = /\.(ya?ml|json)$/i;
const DEEPEST = 40;
const MOST_ENTRIES = 200_000;

export function detect(root: string): Present {
  let go = false;
  let entries = 0;
  let whole = true;
  const locks: string[] = [];
  const charts: string[] = [];
  const manifests: string[] = [];
  const queue: { readonly path: string; readonly depth: number; readonly manifest: string | null }[] = [
    { path: root, depth: 0, manifest: null },
  ];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const all = entriesOf(at.path);
    entries += all.length;
    if (entries > MOST_ENTRIES) {
      whole = false;
      break;
    }
    const isChart = all.some((entry) => entry.name === 'Chart.yaml');
    if (isChart) charts.push(at.path);
    for (const entry of all) {
      const path = join(at.path, entry.name);
      if (entry.isDirectory()) {
        if (SKIPPED.includes(entry.name) || entry.name.startsWith('.') || (isChart && entry.name === 'templates'))
          continue;
        if (at.depth >= DEEPEST) whole = false;
        else
          queue.push({
            path,
            depth: at.depth + 1,
            manifest: at.manifest ?? (MANIFEST_DIRS.test(entry.name) ? path : null),
          });
      } else if (entry.name.endsWith('.go')) go = true;
      else if (LOCKS.includes(entry.name) || OTHER_LOCKS.includes(entry.name) || asks(path, entry.name, root))
        locks.push(path);
      else if (MANIFEST_FILE.test(entry.name) && at.manifest !== null) manifests.push(at.manifest);
    }
  }
  const shown = (paths: readonly string[]): string[] =>
    [...new Set(paths)].map((path) => relative(root, path).split(sep).join('/') || '.').sort();
  return { go, locks: shown(locks), manifests: shown(manifests), charts: shown(charts), whole };
}

function asks(path: string, name: string, root: string): boolean {
  // Below the root, package.json is mostly that of a workspace.
  if (name !== 'go.mod' && path !== join(root, 'package.json')) return false;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size > LARGEST_MANIFEST) return true;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return true;
  }
  return name === 'go.mod' ? requiresModules(text) : countPackages(text) > 0;
}

function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    // What cannot be listed is said by the part that looks at it.
    return [];
  }
}
