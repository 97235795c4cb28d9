/** The loader against cmd/go: the same packages, files and imports for the whole of Go's own tree. */
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPackages } from './load.ts';
import { readEnvironment } from './load-environment.ts';

const { goroot } = readEnvironment(process.env);
const go = goroot === null ? '' : join(goroot, 'bin', 'go');

interface Listed {
  readonly ImportPath: string;
  readonly Name: string;
  readonly GoFiles?: readonly string[];
  readonly CgoFiles?: readonly string[];
  readonly TestGoFiles?: readonly string[];
  readonly XTestGoFiles?: readonly string[];
  readonly Imports?: readonly string[];
  readonly TestImports?: readonly string[];
  readonly XTestImports?: readonly string[];
}

/** One line per package: what both sides must agree on. */
function line(
  path: string,
  name: string,
  files: readonly string[],
  cgo: readonly string[],
  imports: readonly string[],
) {
  // cmd/compile is built with a profile of its own, which shows in the names of its imports.
  const plain = new Set(imports.map((one) => one.replace(' [cmd/compile]', '')));
  const shown = [...plain].filter((one) => one !== 'C' && one !== 'unsafe').sort();
  return `${path} ${name}: ${[...files].sort().join(' ')} | ${cgo.join(' ')} | ${shown.join(' ')}`;
}

function listed(patterns: readonly string[], goos: string, goarch: string): string[] {
  const fields = 'ImportPath,Name,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports';
  const text = execFileSync(go, ['list', '-e', `-json=${fields}`, ...patterns], {
    cwd: join(goroot ?? '', 'src'),
    env: { ...process.env, GOOS: goos, GOARCH: goarch, GOTOOLCHAIN: 'local', GOFLAGS: '', GOPROXY: 'off' },
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  const packages: readonly Listed[] = JSON.parse(`[${text.replaceAll('\n}\n{', '\n},{')}]`);
  const lines: string[] = [];
  for (const one of packages) {
    const { GoFiles = [], CgoFiles = [], TestGoFiles = [], XTestGoFiles = [] } = one;
    const files = [...GoFiles, ...CgoFiles, ...TestGoFiles];
    const imports = [...(one.Imports ?? []), ...(one.TestImports ?? [])];
    if (files.length > 0) lines.push(line(one.ImportPath, one.Name, files, CgoFiles, imports));
    if (XTestGoFiles.length > 0)
      lines.push(line(`${one.ImportPath}_test`, `${one.Name}_test`, XTestGoFiles, [], one.XTestImports ?? []));
  }
  return lines.sort();
}

describe.skipIf(go === '')('the same as go list', () => {
  test.each([
    ['linux', 'amd64', ['std', 'cmd']],
    ['windows', 'amd64', ['std']],
    ['darwin', 'arm64', ['./...']],
  ])('%s/%s %j', (goos, goarch, patterns) => {
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '' };
    const { packages } = loadPackages(patterns, { cwd: join(goroot ?? '', 'src'), goos, goarch, env });
    const ours = packages.map((one) =>
      line(
        one.importPath,
        one.name,
        one.files.map((file) => basename(file.path)),
        one.files.filter((file) => file.cgo).map((file) => basename(file.path)),
        one.imports,
      ),
    );
    const theirs = listed(patterns, goos, goarch);
    expect(theirs.length).toBeGreaterThan(300);
    expect(ours.sort()).toEqual(theirs);
  });
});
