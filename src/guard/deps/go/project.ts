/** The Go modules, workspaces and their sums below a directory, as files with their text; no go command. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type Directive, directives, type ModFile, parseModFile } from '../../../golang/modfile.ts';
import { parseWorkFile, type WorkFile } from '../../../golang/work.ts';
import { GuardEvidenceError } from '../../error.ts';
import { parseSumFile, type SumLine } from './sum-file.ts';

export interface SumFile {
  /** Relative to the directory that was looked at, with `/`. */
  readonly file: string;
  readonly kind: 'go.sum' | 'go.work.sum';
  readonly lines: readonly SumLine[];
}

export interface GoModule {
  /** Directory, relative, '' at the top. */
  readonly directory: string;
  readonly file: string;
  readonly mod: ModFile;
  readonly directives: readonly Directive[];
  /** vendor/modules.txt beside it, null without one. */
  readonly vendor: string | null;
}

export interface GoWorkspace {
  readonly directory: string;
  readonly file: string;
  readonly work: WorkFile;
  readonly directives: readonly Directive[];
  readonly vendor: string | null;
}

export interface GoProject {
  readonly root: string;
  readonly modules: readonly GoModule[];
  readonly workspaces: readonly GoWorkspace[];
  readonly sums: readonly SumFile[];
  readonly notes: readonly string[];
}

/** A go.sum of a large monorepo has a few MB. */
const LARGEST = 64 * 1024 * 1024;
const MOST_DIRECTORIES = 200_000;
const NAMES = new Set(['go.mod', 'go.sum', 'go.work', 'go.work.sum']);

/**
 * `files`: the sums to read instead of those that are found; go.mod and go.work are then looked for beside them.
 * @throws GuardEvidenceError where a file cannot be read or is too large
 */
export async function readProject(root: string, files: readonly string[] | undefined): Promise<GoProject> {
  const notes: string[] = [];
  const found = files === undefined ? await findFiles(root, notes) : await besides(root, files);
  const modules: GoModule[] = [];
  const workspaces: GoWorkspace[] = [];
  const sums: SumFile[] = [];
  for (const file of [...found].sort()) {
    const text = await readText(join(root, file), file);
    const name = file.slice(file.lastIndexOf('/') + 1);
    const directory = file.slice(0, Math.max(0, file.length - name.length - 1));
    if (name === 'go.mod') {
      const mod = parseModFile(text, file);
      notes.push(...mod.problems);
      const vendor = await vendorOf(root, directory);
      modules.push({ directory, file, mod, directives: directives(text, file, []), vendor });
    } else if (name === 'go.work') {
      const work = parseWorkFile(text, file);
      notes.push(...work.problems);
      const vendor = await vendorOf(root, directory);
      workspaces.push({ directory, file, work, directives: directives(text, file, []), vendor });
    } else sums.push({ file, kind: name === 'go.work.sum' ? 'go.work.sum' : 'go.sum', lines: parseSumFile(text) });
  }
  return { root, modules, workspaces, sums, notes };
}

/** Directories that go itself passes over with `./...`, and those of other package managers. */
function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_') || ['testdata', 'vendor', 'node_modules'].includes(name);
}

async function findFiles(root: string, notes: string[]): Promise<string[]> {
  const found: string[] = [];
  const open = [''];
  let count = 0;
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    if (++count > MOST_DIRECTORIES)
      throw new GuardEvidenceError(
        `${root} has more than ${MOST_DIRECTORIES} directories: name the go.sum files in the setting files`,
      );
    const entries = await readdir(join(root, directory), { withFileTypes: true }).catch(() => {
      notes.push(`${directory || root} cannot be read: Go modules below it are not known`);
      return [];
    });
    for (const entry of entries) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory() && !isPassedOver(entry.name)) open.push(path);
      else if (NAMES.has(entry.name) && !entry.isDirectory()) found.push(path);
    }
  }
  return found;
}

async function besides(root: string, files: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const file of files) {
    const path = relative(root, resolve(root, file)).split(sep).join('/');
    if (!/(^|\/)go(\.work)?\.sum$/.test(path))
      throw new GuardEvidenceError(`${file} is neither a go.sum nor a go.work.sum: name such files`);
    found.add(path);
    const other = path.replace(/sum$/, path.endsWith('go.work.sum') ? '' : 'mod').replace(/\.$/, '');
    if (await isFile(join(root, other))) found.add(other);
  }
  return found;
}

async function vendorOf(root: string, directory: string): Promise<string | null> {
  const path = join(root, directory, 'vendor', 'modules.txt');
  return (await isFile(path)) ? await readText(path, `${directory}/vendor/modules.txt`) : null;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

async function readText(path: string, shown: string): Promise<string> {
  let data: Buffer;
  try {
    const found = await stat(path);
    // A link may lead to what never ends.
    if (!found.isFile()) throw new GuardEvidenceError(`${shown} is no file: it is not read`);
    const { size } = found;
    if (size > LARGEST) throw new GuardEvidenceError(`${shown} has ${size} bytes: at most ${LARGEST} are read`);
    data = await readFile(path);
  } catch (error) {
    if (error instanceof GuardEvidenceError) throw error;
    throw new GuardEvidenceError(`${shown} cannot be read: check that it exists and its permissions`);
  }
  return data.toString('utf8');
}
