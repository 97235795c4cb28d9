/** What can be done to go.sum, to the checksum database behind it, and to what was downloaded by it. */
import { appendFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GO, type TestModule, TestSumdb, writeProxy } from '../../src/testing/sumdb.ts';
import type { Case } from './case.ts';
import { environment, guardDeps, remove, run, slug } from './lockfiles-hemostat.ts';
import { askGo, type PeerSaid } from './lockfiles-peers.ts';

export interface GoParts {
  readonly databases: TestSumdb;
  readonly version: string;
  /** Directories that the go command takes as proxies. */
  readonly proxy: string;
  readonly evilProxy: string;
  readonly lines: readonly string[];
  /** With the attacker's bytes for the first module. */
  readonly evilLines: readonly string[];
  readonly privateLines: readonly string[];
}

const PATHS = ['example.test/alpha', 'example.test/beta', 'example.test/gamma'];
const VERSION = 'v1.2.3';

function moduleOf(path: string, body: string): TestModule {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    path,
    version: VERSION,
    files: { 'go.mod': `module ${path}\n\ngo 1.20\n`, [`${name}.go`]: `package ${name}\n\n// N is one.\n${body}\n` },
  };
}

export async function startGoParts(work: string): Promise<GoParts> {
  const proxy = join(work, 'proxy');
  const evilProxy = join(work, 'evil-proxy');
  const lines = writeProxy(
    proxy,
    PATHS.map((path) => moduleOf(path, 'const N = 1')),
  );
  const privateLines = writeProxy(proxy, [moduleOf('corp.test/inner', 'const N = 1')]);
  const evilLines = writeProxy(
    evilProxy,
    PATHS.map((path, i) => moduleOf(path, i === 0 ? 'const N = 666' : 'const N = 1')),
  );
  const log = { filler: 300, tag: 'a', lines, preload: true };
  const broken = ['missing', 'corrupt', 'endless', 'failing'] as const;
  const databases = await TestSumdb.start({
    good: log,
    forked: { ...log, filler: 320, tag: 'b' },
    stranger: { ...log, signer: 'second' },
    ...Object.fromEntries(broken.map((name) => [name, log])),
  });
  // The records of the modules are number 300 to 302: in the second tile of level 0.
  const paths = { missing: '^/tile/8/0/001', corrupt: '^/(latest|lookup)', endless: '^/lookup/', failing: '^/lookup/' };
  for (const name of broken) await databases.knobs(name, { [name]: paths[name] });
  const { stdout } = await run(GO, ['env', 'GOVERSION'], { cwd: work, env: environment({ directory: work }) });
  return { databases, version: stdout.trim().replace(/^go/, 'go '), proxy, evilProxy, lines, evilLines, privateLines };
}

interface Attack {
  readonly name: string;
  readonly group?: 'honest' | 'go';
  readonly exit: number;
  readonly says: RegExp;
  /** Default: good. */
  readonly database?: string;
  readonly sum?: (parts: GoParts) => readonly string[];
  /** Where the first finding that blocks has to stand; none: it is about no line of a file. */
  readonly place?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Files on top, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly proxy?: 'evil';
  /** After the project is written; both hemostat and go are asked afterwards. */
  readonly prepare?: (project: GoProject) => Promise<void>;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly blocking?: number;
  readonly flags?: readonly string[];
  readonly tell?: RegExp;
  /** What the go command is asked; by default `mod download` and `mod verify`. Null: nothing. */
  readonly peer?: readonly (readonly string[])[] | null;
}

interface GoProject {
  readonly directory: string;
  readonly parts: GoParts;
  readonly env: Readonly<Record<string, string>>;
  go(...args: string[]): Promise<void>;
  /** Another database from here on. */
  use(database: string): Promise<void>;
  /** What the project says with honest parts, so that hemostat and go have seen them. */
  seeHonest(): Promise<void>;
}

const REQUIRE = PATHS.map((path) => `require ${path} ${VERSION}\n`).join('');
const FIRST = PATHS[0] ?? '';

const ATTACKS: readonly Attack[] = [
  {
    name: 'honest go.sum',
    group: 'honest',
    exit: 0,
    says: /^passed: 6 of 6 entries are verified\.$/i,
    verdicts: { verified: 6 },
  },
  {
    name: 'private module of the company, kept from the database by a narrow GOPRIVATE',
    group: 'honest',
    exit: 0,
    says: /6 of 8 entries are verified, 2 unverifiable-source.*2 lines of go\.sum were not verified: GOPRIVATE keeps them from the database by the pattern corp\.test\/inner/,
    sum: ({ lines, privateLines }) => [...lines, ...privateLines],
    // What is private would be asked for where its path says: here the proxy has it, too.
    env: { GOPRIVATE: 'corp.test/inner', GONOPROXY: 'none' },
    files: { 'go.mod': `module example.test/app\n\ngo 1.20\n\n${REQUIRE}require corp.test/inner ${VERSION}\n` },
    tell: /GOPRIVATE/,
    verdicts: { verified: 6, 'unverifiable-source': 2 },
  },
  {
    name: 'offline, after it was verified once',
    group: 'honest',
    exit: 0,
    says: /^passed: 6 of 6 entries are verified\.$/i,
    prepare: ({ seeHonest }) => seeHonest(),
    flags: ['--offline'],
    verdicts: { verified: 6 },
    peer: null,
  },
  {
    name: 'offline, with a full module cache and no signed record: hashes on a disk vouch for nothing',
    exit: 3,
    says: /^6 of 6 entries could not be verified without the network \(--offline\)/,
    // Its lines are all in go.sum, so go asks no database and stores nothing of one.
    prepare: ({ go }) => go('mod', 'download'),
    flags: ['--offline'],
    verdicts: { 'unverifiable-source': 6 },
    peer: [['mod', 'verify']],
  },
  {
    name: 'go.sum line of a proxy that served other bytes than the checksum database has on record',
    exit: 1,
    says: /^go\.sum:1: go\.sum pins other bytes for example\.test\/alpha@v1\.2\.3 than the checksum database has on record\.$/,
    sum: ({ evilLines }) => evilLines,
    proxy: 'evil',
    place: 'go.sum:1',
    verdicts: { verified: 5, invalid: 1 },
  },
  {
    name: 'version that the checksum database has never seen',
    exit: 1,
    says: /^go\.sum:7: Nobody vouches for corp\.test\/inner@v1\.2\.3 in go\.sum: sumdb\.test has no record of it/,
    sum: ({ lines, privateLines }) => [...lines, ...privateLines],
    files: { 'go.mod': `module example.test/app\n\ngo 1.20\n\n${REQUIRE}require corp.test/inner ${VERSION}\n` },
    place: 'go.sum:7',
    verdicts: { verified: 6, unsigned: 2 },
  },
  {
    name: 'forked tree head: the stored one is of another log',
    exit: 1,
    says: /^sumdb\.test signed two logs: the stored tree head \(\S+\) of 303 records is no earlier state of \/latest of 323 records\.$/,
    prepare: async ({ seeHonest, use }) => {
      await seeHonest();
      await use('forked');
    },
    verdicts: { invalid: 6 },
  },
  {
    name: 'missing tile',
    exit: 3,
    says: /sumdb\.test has no tile\/8\/0\/001/,
    database: 'missing',
    verdicts: { 'unverifiable-source': 6 },
  },
  {
    name: 'note with a wrong signature',
    exit: 1,
    says: /wrong signature of sumdb\.test|no tree head with a valid signature of sumdb\.test/,
    database: 'corrupt',
    verdicts: { invalid: 6 },
  },
  {
    name: 'database that is signed by somebody else',
    exit: 1,
    says: /^sumdb\.test for example\.test\/alpha@v1\.2\.3 is signed by sumdb\.test\+\w+ and not by the known key sumdb\.test\+\w+\.$/,
    database: 'stranger',
    verdicts: { 'no-keys': 6 },
  },
  {
    name: 'database whose answers never end',
    exit: 3,
    says: /127\.0\.0\.1:\d+\/endless\/lookup\S* .*bytes/,
    database: 'endless',
    verdicts: { 'unverifiable-source': 6 },
  },
  {
    name: 'database that only fails',
    exit: 3,
    says: /6 of 6 lines of go\.sum could not be verified: .*500/,
    database: 'failing',
    verdicts: { 'unverifiable-source': 6 },
  },
  {
    name: 'GOSUMDB=off',
    exit: 1,
    says: /^GOSUMDB=off \(.*\): no line of go\.sum was held against a checksum database\.$/,
    env: { GOSUMDB: 'off' },
    sum: ({ evilLines }) => evilLines,
    proxy: 'evil',
    verdicts: { 'unverifiable-source': 6 },
  },
  {
    name: 'GONOSUMDB=*',
    exit: 1,
    says: /^GONOSUMDB has the pattern \* \(.*\): /,
    env: { GONOSUMDB: '*' },
    sum: ({ evilLines }) => evilLines,
    proxy: 'evil',
    verdicts: { 'unverifiable-source': 6 },
  },
  {
    name: 'file of the module cache changed after the download',
    exit: 1,
    says: /^go\.sum:1: The module cache holds other bytes for example\.test\/alpha@v1\.2\.3 than go\.sum pins: in \S+ alpha\.go was changed\.$/,
    prepare: async ({ directory, go }) => {
      await go('mod', 'download');
      await appendFile(join(directory, '.mod', `${FIRST}@${VERSION}`, 'alpha.go'), 'func init() { println("evil") }\n');
    },
    place: 'go.sum:1',
    verdicts: { verified: 5, invalid: 1 },
    peer: [['mod', 'verify']],
  },
  {
    name: 'vendored file changed',
    exit: 1,
    says: /^vendor\/modules\.txt:\d+: vendor has other files of example\.test\/alpha@v1\.2\.3 than go\.sum pins: example\.test\/alpha\/alpha\.go was changed\.$/,
    prepare: async ({ directory, go }) => {
      await go('mod', 'vendor');
      await appendFile(join(directory, 'vendor', FIRST, 'alpha.go'), 'func init() { println("evil") }\n');
    },
    place: 'vendor/modules.txt:1',
    verdicts: { verified: 6 },
    peer: [
      ['mod', 'download'],
      ['mod', 'verify'],
      ['build', '-mod=vendor', '-o', '/dev/null', '.'],
    ],
  },
  {
    name: '`replace` by a directory outside of the repository',
    exit: 1,
    says: /^go\.mod:8: go\.mod builds example\.test\/alpha from \.\.\/elsewhere, a directory outside of the repository: nothing vouches for what is there\.$/,
    files: {
      'go.mod': `module example.test/app\n\ngo 1.20\n\n${REQUIRE}replace ${FIRST} => ../elsewhere\n`,
      '../elsewhere/go.mod': `module ${FIRST}\n\ngo 1.20\n`,
      '../elsewhere/alpha.go': 'package alpha\n\nfunc init() { println("evil") }\n',
    },
    place: 'go.mod:8',
    verdicts: { verified: 6 },
    peer: [
      ['mod', 'download'],
      ['mod', 'verify'],
      ['build', '-o', '/dev/null', '.'],
    ],
  },
];

export function goCases(work: string, parts: GoParts): Case[] {
  return ATTACKS.map((attack) => ({
    name: attack.name,
    group: attack.group ?? 'go',
    exit: attack.exit,
    says: attack.says,
    run: () =>
      inProject(attack, work, parts, async ({ directory, env }) => {
        const { verdicts, blocking, place, tell, flags } = attack;
        const lines = (await readFile(join(directory, 'go.sum'), 'utf8')).split('\n').filter((line) => line !== '');
        return await guardDeps({
          directory,
          entries: lines.length,
          verdicts,
          env,
          ...(flags === undefined ? {} : { flags }),
          ...(blocking === undefined ? {} : { blocking }),
          ...(place === undefined ? {} : { place }),
          ...(tell === undefined ? {} : { tell }),
        });
      }),
    ...(attack.peer === null
      ? {}
      : {
          peer: (): Promise<PeerSaid> =>
            inProject(attack, work, parts, ({ directory, env }) => askGo(directory, env, attack.peer ?? undefined)),
        }),
  }));
}

async function inProject<T>(
  attack: Attack,
  work: string,
  parts: GoParts,
  act: (project: GoProject) => Promise<T>,
): Promise<T> {
  // One directory above the project, for what lies outside of the repository.
  const outer = join(work, slug(attack.name));
  const directory = join(outer, 'app');
  try {
    const { sum = () => parts.lines, database = 'good' } = attack;
    const files = {
      'go.mod': `module example.test/app\n\ngo 1.20\n\n${REQUIRE}`,
      'go.sum': sum(parts)
        .map((line) => `${line}\n`)
        .join(''),
      // No process of the go command outlives it.
      '.home/.config/go/telemetry/mode': 'off 2025-01-01',
      'main.go': `package main\n\nimport (\n${PATHS.map((path) => `\t_ "${path}"\n`).join('')})\n\nfunc main() {}\n`,
      '.hemostat.yaml': 'gate:\n  parts: [deps]\n',
      ...attack.files,
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    const env: Record<string, string> = {
      GOSUMDB: parts.databases.database(database),
      GOPROXY: `file://${attack.proxy === 'evil' ? parts.evilProxy : parts.proxy}`,
      GOPATH: join(directory, '.gopath'),
      GOMODCACHE: join(directory, '.mod'),
      GOCACHE: join(work, 'go-build'),
      GOFLAGS: '-modcacherw',
      GOTOOLCHAIN: 'local',
      GOTELEMETRY: 'off',
      ...attack.env,
    };
    const project: GoProject = {
      directory,
      parts,
      env,
      async go(...args) {
        const { exit, stderr } = await run(GO, args, { cwd: directory, env: environment({ directory, env }) });
        if (exit !== 0) throw new Error(`go ${args.join(' ')}: ${stderr}`);
      },
      async use(name) {
        env.GOSUMDB = parts.databases.database(name);
      },
      async seeHonest() {
        const { exit, said } = await guardDeps({ directory, env, entries: parts.lines.length });
        if (exit !== 0) throw new Error(`the honest go.sum did not pass: ${said}`);
        // The go command asks, and keeps the head, where go.sum has no lines.
        const copy = `${directory}-without`;
        await cp(directory, copy, { recursive: true });
        await writeFile(join(copy, 'go.sum'), '');
        const { stderr, ...ran } = await run(GO, ['mod', 'download', 'all'], {
          cwd: copy,
          env: environment({ directory, env }),
        });
        if (ran.exit !== 0) throw new Error(`go mod download: ${stderr}`);
        await remove(copy);
        await remove(join(directory, '.mod'));
      },
    };
    await attack.prepare?.(project);
    return await act(project);
  } finally {
    await remove(outer);
  }
}
