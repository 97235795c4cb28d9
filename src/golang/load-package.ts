/** From a directory's files to packages for one platform: go/build's sorting of files, on headers alone. */
import { join } from 'node:path';
import { constraintHolds, nameHolds, type Platform } from './constraint.ts';
import type { CachedHeader, DirectoryReader } from './load-directory.ts';
import type { Module, SourceFile, SourcePackage } from './module.ts';

/** What a directory holds; the files are in name order. */
export interface DirectoryPackages {
  /** Null without Go files for the platform. */
  readonly package: SourcePackage | null;
  /** The external tests; null without. */
  readonly tests: SourcePackage | null;
  /** Go files that the platform or their own constraint leaves out. */
  readonly leftOut: number;
}

/** Maps an import path as written to the one that it means there (standard library's vendoring). */
type Vendoring = (path: string) => string;

interface Member {
  readonly file: SourceFile;
  readonly name: string;
  readonly imports: readonly string[];
}

/** The files of a directory that are built on the platform, constraints and names obeyed. */
function members(directory: string, platform: Platform, tests: boolean, reader: DirectoryReader): [Member[], number] {
  const found: Member[] = [];
  let leftOut = 0;
  for (const name of reader.list(directory)?.goFiles ?? []) {
    const test = name.endsWith('_test.go');
    if (test && !tests) continue;
    if (!nameHolds(name, platform)) {
      leftOut++;
      continue;
    }
    const cached = reader.header(join(directory, name));
    if (cached === null) continue;
    const { header } = cached;
    const holds = constraintHolds(header.constraint, platform);
    if (holds === null)
      reader.notes.push(`${cached.path}: its //go:build line is no expression: the file is read anyway`);
    const cgo = header.imports.includes('C');
    if (holds === false || header.name === 'documentation' || (cgo && !platform.cgo && !test)) leftOut++;
    else found.push(memberOf(cached, test));
  }
  return [found, leftOut];
}

function memberOf({ path, size, header }: CachedHeader, test: boolean): Member {
  return { file: { path, size, test, cgo: header.imports.includes('C') }, name: header.name, imports: header.imports };
}

/** The files that declare a package's objects to those who import it. */
export function declarationFiles(directory: string, platform: Platform, reader: DirectoryReader): SourceFile[] {
  const [found] = members(directory, platform, false, reader);
  const name = packageName(found);
  return found.filter((member) => member.name === name || member.name === '').map((member) => member.file);
}

export function readPackages(
  directory: string,
  importPath: string,
  module: Module,
  platform: Platform,
  tests: boolean,
  vendoring: Vendoring,
  reader: DirectoryReader,
): DirectoryPackages {
  const [found, leftOut] = members(directory, platform, tests, reader);
  const name = packageName(found);
  const inside: Member[] = [];
  const external: Member[] = [];
  for (const member of found) {
    // A file without a readable package clause is reviewed with its neighbours.
    if (member.name === name || member.name === '') inside.push(member);
    else if (member.file.test && member.name === `${name}_test`) external.push(member);
    else
      reader.notes.push(
        `${member.file.path}: package ${member.name} in a directory of package ${name}: the file is left out`,
      );
  }
  const make = (own: readonly Member[], path: string, ownName: string): SourcePackage | null =>
    own.length === 0
      ? null
      : {
          importPath: path,
          name: ownName,
          dir: directory,
          module,
          files: own.map((member) => member.file),
          imports: importsOf(own, vendoring),
        };
  return {
    package: make(inside, importPath, name),
    tests: make(external, `${importPath}_test`, `${name}_test`),
    leftOut,
  };
}

/** A package of named files, whatever their constraints say. */
export function packageOfFiles(
  files: readonly CachedHeader[],
  directory: string,
  importPath: string,
  module: Module,
  vendoring: Vendoring,
): SourcePackage {
  const found = files.map((file) => memberOf(file, file.path.endsWith('_test.go')));
  return {
    importPath,
    name: found.find((member) => member.name !== '')?.name ?? '',
    dir: directory,
    module,
    files: found.map((member) => member.file),
    imports: importsOf(found, vendoring),
  };
}

/** The name that most files have, external tests counted for what they test; the first one wins a tie. */
function packageName(found: readonly Member[]): string {
  const counts = new Map<string, number>();
  for (const { name, file } of found) {
    if (name === '') continue;
    const own = file.test && name.endsWith('_test') ? name.slice(0, -'_test'.length) : name;
    // Files that are not tests decide alone where there are any.
    counts.set(own, (counts.get(own) ?? 0) + (file.test ? 1 : 10_000));
  }
  let best = '';
  let most = 0;
  for (const [name, count] of counts) {
    if (count <= most) continue;
    best = name;
    most = count;
  }
  return best;
}

function importsOf(own: readonly Member[], vendoring: Vendoring): string[] {
  const paths = new Set<string>();
  for (const { imports } of own) for (const path of imports) if (path !== 'C' && path !== 'unsafe') paths.add(path);
  return [...paths].map(vendoring).sort();
}
