/** The files below a directory that may hold manifests. */
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GuardEvidenceError, reasonOf } from '../error.ts';

export interface FoundFile {
  readonly path: string;
  /** Root of the Helm chart under whose `templates` it lies; empty where it does not. */
  readonly chart: string;
}

const MOST_FILES = 20_000;
const DEEPEST = 40;
/** Never holds what is deployed from here. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', '.terraform', '.cache']);
const MANIFEST = /\.(ya?ml|json)$/i;

/** Sorted, so that the same directory gives the same report. Links to directories are not followed: they may lead in a circle. */
export async function walk(root: string): Promise<{ files: FoundFile[]; notes: string[] }> {
  const files: FoundFile[] = [];
  const notes: string[] = [];
  let links = 0;
  const stack: { path: string; depth: number; chart: string }[] = [{ path: root, depth: 0, chart: '' }];
  for (let here = stack.pop(); here !== undefined; here = stack.pop()) {
    if (here.depth > DEEPEST)
      throw new GuardEvidenceError(
        `${here.path} lies more than ${DEEPEST} directories deep: give a directory nearer to it.`,
      );
    const names: { name: string; directory: boolean; link: boolean }[] = [];
    try {
      for await (const entry of await opendir(here.path)) {
        names.push({ name: entry.name, directory: entry.isDirectory(), link: entry.isSymbolicLink() });
      }
    } catch (error) {
      throw new GuardEvidenceError(`${here.path} could not be read (${reasonOf(error)}): check its permissions.`);
    }
    names.sort((a, b) => (a.name < b.name ? -1 : 1));
    const chart = names.some(({ name }) => name === 'Chart.yaml') ? here.path : '';
    const below: typeof stack = [];
    for (const { name, directory, link } of names) {
      const path = join(here.path, name);
      if (directory) {
        if (SKIPPED.has(name)) continue;
        below.push({
          path,
          depth: here.depth + 1,
          chart: here.chart !== '' ? here.chart : name === 'templates' ? chart : '',
        });
      } else if (MANIFEST.test(name)) {
        if (link && !(await isFile(path))) {
          links++;
          continue;
        }
        if (files.length >= MOST_FILES)
          throw new GuardEvidenceError(
            `${root} holds more than ${MOST_FILES} YAML or JSON files: give the directory of the manifests.`,
          );
        files.push({ path, chart: here.chart });
      } else if (link) links++;
    }
    stack.push(...below.reverse());
  }
  if (links > 0) notes.push(`${links} symbolic ${links === 1 ? 'link was' : 'links were'} not followed.`);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, notes };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
