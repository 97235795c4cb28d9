/** Whether a project asks for packages at all: then a lock file that is not there is missed, and not just absent. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseModFile } from '../../golang/modfile.ts';

const Names = z.record(z.string(), z.unknown()).catch({});
const PackageJson = z.looseObject({ dependencies: Names, devDependencies: Names, optionalDependencies: Names });

/** Names in package.json that npm would install; 0 where there is none, or npm could not read it either. */
export async function asksForPackages(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return countPackages(text);
}

/** @param text of package.json */
export function countPackages(text: string): number {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 0;
  }
  const read = PackageJson.safeParse(document);
  if (!read.success) return 0;
  const { dependencies, devDependencies, optionalDependencies } = read.data;
  return new Set([dependencies, devDependencies, optionalDependencies].flatMap((names) => Object.keys(names))).size;
}

/** @param text of go.mod */
export function requiresModules(text: string): boolean {
  return parseModFile(text, 'go.mod').require.length > 0;
}
