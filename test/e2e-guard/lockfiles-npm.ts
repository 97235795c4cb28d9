/** What can be done to package-lock.json, and to the registry behind it. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  type NpmRegistry,
  type Published,
  startNpmRegistry,
  type TestPackage,
} from '../../src/testing/npm-registry.ts';
import type { Case } from './case.ts';
import { guardDeps, remove, slug } from './lockfiles-hemostat.ts';
import { askNpm, findNpms, type Npm } from './lockfiles-peers.ts';

export interface NpmParts {
  readonly registry: NpmRegistry;
  /** An attacker's, which signs with keys of its own. */
  readonly other: NpmRegistry;
  /** A private one as most are: it serves packages, and signs nothing. */
  readonly quiet: NpmRegistry;
  readonly npms: readonly Npm[];
}

export async function startNpmParts(work: string): Promise<NpmParts> {
  const npms = await findNpms(work);
  const registry = await startNpmRegistry();
  const other = await startNpmRegistry();
  const quiet = await startNpmRegistry();
  quiet.servesKeys = false;
  registry.intercept = (request, response) => hostile(request.url ?? '', response);
  return { registry, other, quiet, npms };
}

/** A registry that wants to hold up whoever asks, by the name of the package that is asked for. */
function hostile(path: string, response: ServerResponse): boolean {
  const name = /^\/(redirects|endless|short)(?:$|[/?])/.exec(path)?.[1];
  if (name === undefined || path.includes('/-/')) return false;
  if (name === 'redirects') response.writeHead(302, { location: '/redirects' }).end();
  else if (name === 'endless') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 20, ' ')));
    };
    response.on('drain', more).write('{"name":"endless","versions":{');
    more();
  } else {
    // Says more than it gives.
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
    response.write('{"name":"short","versions":{}}', () => response.destroy());
  }
  return true;
}

/** `packages` of the lock file without the project itself, and what the project depends on. */
interface Made {
  readonly packages: Record<string, Record<string, unknown>>;
  readonly dependencies: Record<string, string>;
}

interface Attack {
  readonly name: string;
  readonly group?: 'honest' | 'npm';
  readonly exit: number;
  readonly says: RegExp;
  readonly packages: readonly TestPackage[];
  /** The package that the first finding that blocks has to stand at, by its location. */
  readonly at?: string;
  /** Changes the honest lock file. */
  readonly change?: (made: Made, parts: NpmParts) => void;
  /** Lines below `gate:` of .hemostat.yaml, on top of `deps: npm: trusted-root`. */
  readonly yaml?: readonly string[];
  readonly deps?: readonly string[];
  readonly npm?: readonly string[];
  /** No registries stand in .hemostat.yaml. */
  readonly unnamed?: true;
  readonly npmrc?: (parts: NpmParts) => string;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly tell?: 'cleared';
  readonly flags?: readonly string[];
  /** The honest lock file was verified before, with the network. */
  readonly verifiedBefore?: true;
  readonly peer: 'none' | 'plain' | 'scripts';
}

/** Verified ones around the one that is attacked, so that a count of one shows among others. */
const AROUND: readonly TestPackage[] = [
  { name: 'plain', version: '1.2.3' },
  { name: '@scope/also', version: '4.5.6' },
];
const REPOSITORY = 'https://github.com/o/built';
const identity = (repository: string) => ({
  repository,
  workflow: `${repository}/.github/workflows/release.yml@refs/tags/v1`,
});
const MARKS = "require('fs').writeFileSync(process.env.E2E_MARK, 'ran')";

function entryOf({ version, tarball, integrity }: Published): Record<string, unknown> {
  return { version, resolved: tarball, integrity };
}

/** The attacker's bytes under the name of the victim, at the attacker's own server. */
function elsewhere(name: string, manifest?: Readonly<Record<string, unknown>>): NonNullable<Attack['change']> {
  return ({ packages }, { other }) => {
    const files = { 'index.js': 'module.exports = "evil";' };
    const evil = other.publish({ name, version: '1.0.0', files, ...(manifest === undefined ? {} : { manifest }) });
    packages[`node_modules/${name}`] = {
      ...entryOf(evil),
      ...(manifest === undefined ? {} : { hasInstallScript: true }),
    };
  };
}

/** As most private registries: it signs nothing. */
function addPrivate({ packages, dependencies }: Made, { quiet }: NpmParts): void {
  const made = quiet.publish({ name: '@acme/private', version: '1.0.0', signature: 'none' });
  packages['node_modules/@acme/private'] = entryOf(made);
  dependencies[made.name] = made.version;
}

const ATTACKS: readonly Attack[] = [
  {
    name: 'honest lock file: signed with the current and an older key, with provenance',
    group: 'honest',
    exit: 0,
    says: /^passed: 5 of 5 entries are verified\.$/i,
    packages: [
      { name: 'older', version: '1.0.0', signature: 'expired', published: new Date('2024-01-01') },
      { name: 'built', version: '1.0.0', provenance: identity(REPOSITORY) },
      { name: 'built-again', version: '2.0.0', provenance: identity('https://github.com/o/again') },
    ],
    verdicts: { verified: 5 },
    peer: 'plain',
  },
  {
    name: 'private registry that signs nothing, not allowed',
    exit: 1,
    says: /@acme\/private@1\.0\.0: http:\/\/\S+ signs nothing/,
    packages: [],
    change: addPrivate,
    npmrc: ({ quiet }) => `@acme:registry=${quiet.url}\n`,
    yaml: ['fail-on: {deps: {severity: medium}}'],
    at: 'node_modules/@acme/private',
    verdicts: { verified: 2, unsigned: 1 },
    peer: 'plain',
  },
  {
    name: 'private registry that signs nothing, allowed with a reason',
    group: 'honest',
    exit: 0,
    says: /2 of 3 entries are verified, 1 unsigned.*@acme\/private@1\.0\.0: http:\/\/\S+ signs nothing.*Allowed: we publish it ourselves/,
    packages: [],
    change: addPrivate,
    npmrc: ({ quiet }) => `@acme:registry=${quiet.url}\n`,
    yaml: ['fail-on: {deps: {severity: medium}}'],
    deps: ["allow: [{package: 'npm:@acme/*', rules: [deps-unsigned], reason: we publish it ourselves}]"],
    tell: 'cleared',
    verdicts: { verified: 2, unsigned: 1 },
    peer: 'plain',
  },
  {
    name: 'package from Git, allowed with a reason',
    group: 'honest',
    exit: 0,
    says: /2 of 3 entries are verified, 1 unverifiable-source.*forked@1\.0\.0: it comes from the Git repository.*Allowed: our fork until the fix is released/,
    packages: [],
    change: ({ packages, dependencies }) => {
      const resolved = `git+ssh://git@github.com/acme/forked.git#${'a'.repeat(40)}`;
      packages['node_modules/forked'] = { version: '1.0.0', resolved };
      dependencies.forked = 'github:acme/forked';
    },
    yaml: ['fail-on: {deps: {severity: medium}}'],
    deps: [
      "allow: [{package: 'npm:forked@*', rules: [deps-unverifiable-source], reason: our fork until the fix is released}]",
    ],
    tell: 'cleared',
    verdicts: { verified: 2, 'unverifiable-source': 1 },
    peer: 'none',
  },
  {
    name: 'offline, and it was verified before',
    group: 'honest',
    exit: 0,
    says: /^passed: 2 of 2 entries are verified\.$/,
    packages: [],
    verifiedBefore: true,
    flags: ['--offline'],
    verdicts: { verified: 2 },
    peer: 'none',
  },
  {
    name: 'offline, and the bytes were changed since they were verified',
    exit: 3,
    says: /^1 of 3 entries could not be verified without the network \(--offline\)/,
    packages: [{ name: 'swapped-later', version: '1.0.0' }],
    change: ({ packages }, { registry }) => {
      const { integrity } = registry.publish({ name: 'evil', version: '1.0.0' });
      Object.assign(packages['node_modules/swapped-later'] ?? {}, { integrity });
    },
    verifiedBefore: true,
    flags: ['--offline'],
    verdicts: { verified: 2, 'unverifiable-source': 1 },
    peer: 'none',
  },
  {
    name: 'integrity taken out, so that whatever is served is installed',
    exit: 1,
    says: /^package-lock\.json:\d+: 2 entries have no integrity, so the lock file pins no bytes$/,
    packages: [],
    change: ({ packages }) => {
      for (const entry of Object.values(packages)) delete entry.integrity;
    },
    at: 'node_modules/plain',
    verdicts: { 'unverifiable-source': 2 },
    peer: 'plain',
  },
  {
    name: 'lock file pointed at another tarball of the registry',
    exit: 1,
    says: /^package-lock\.json:\d+: victim@1\.0\.0: it is taken from \S+, which is the tarball of evil@1\.0\.0$/,
    packages: [{ name: 'victim', version: '1.0.0' }],
    change: ({ packages }, { registry }) => {
      packages['node_modules/victim'] = entryOf(registry.publish({ name: 'evil', version: '1.0.0' }));
    },
    at: 'node_modules/victim',
    verdicts: { verified: 2, invalid: 1 },
    peer: 'plain',
  },
  {
    name: "lock file pointed at an attacker's server",
    exit: 1,
    says: /^package-lock\.json:\d+: moved@1\.0\.0: it is taken from http:\S+\/moved\/-\/moved-1\.0\.0\.tgz, and not from its registry http:\S+$/,
    packages: [{ name: 'moved', version: '1.0.0' }],
    change: elsewhere('moved'),
    at: 'node_modules/moved',
    verdicts: { verified: 2, invalid: 1 },
    peer: 'plain',
  },
  {
    name: "attacker's server, and the package has an install script",
    exit: 1,
    says: /^package-lock\.json:\d+: scripted@1\.0\.0: it is taken from http:\S+, and not from its registry http:\S+$/,
    packages: [{ name: 'scripted', version: '1.0.0' }],
    change: elsewhere('scripted', { scripts: { postinstall: `node -e "${MARKS}"` } }),
    at: 'node_modules/scripted',
    verdicts: { verified: 2, invalid: 1 },
    peer: 'scripts',
  },
  {
    name: 'wrong integrity',
    exit: 1,
    says: /^package-lock\.json:\d+: broken@1\.0\.0: the lock file pins another sha512 than the registry records$/,
    packages: [{ name: 'broken', version: '1.0.0' }],
    change: ({ packages }, { registry }) => {
      const { integrity } = registry.publish({ name: 'evil', version: '1.0.0' });
      Object.assign(packages['node_modules/broken'] ?? {}, { integrity });
    },
    at: 'node_modules/broken',
    verdicts: { verified: 2, invalid: 1 },
    peer: 'plain',
  },
  {
    name: 'dependency written into a package that does not have it',
    exit: 1,
    says: /^package-lock\.json:\d+: host@1\.0\.0: the lock file gives it the dependency guest@\^1\.0\.0, which the registry does not record$/,
    packages: [
      { name: 'host', version: '1.0.0' },
      { name: 'guest', version: '1.0.0' },
    ],
    change: ({ packages, dependencies }) => {
      Object.assign(packages['node_modules/host'] ?? {}, { dependencies: { guest: '^1.0.0' } });
      delete dependencies.guest;
    },
    at: 'node_modules/host',
    verdicts: { verified: 4 },
    peer: 'plain',
  },
  {
    name: 'unsigned package',
    exit: 1,
    says: /^package-lock\.json:\d+: bare@1\.0\.0: the registry has keys and did not sign it$/,
    packages: [{ name: 'bare', version: '1.0.0', signature: 'none' }],
    at: 'node_modules/bare',
    verdicts: { verified: 2, unsigned: 1 },
    peer: 'plain',
  },
  {
    name: 'expired key',
    exit: 1,
    says: /^package-lock\.json:\d+: late@1\.0\.0: the key SHA256:\S+ expired on 2025-01-29\S*, and it was published on 2025-06-01/,
    packages: [{ name: 'late', version: '1.0.0', signature: 'expired' }],
    at: 'node_modules/late',
    verdicts: { verified: 2, 'no-keys': 1 },
    peer: 'plain',
  },
  {
    name: 'invalid signature',
    exit: 1,
    says: /^package-lock\.json:\d+: forged@1\.0\.0: the signature with the key SHA256:\S+ is not over forged@1\.0\.0 with the pinned bytes$/,
    packages: [{ name: 'forged', version: '1.0.0', signature: 'wrong' }],
    at: 'node_modules/forged',
    verdicts: { verified: 2, invalid: 1 },
    peer: 'plain',
  },
  {
    name: 'signed with a key that nobody knows',
    exit: 1,
    says: /^package-lock\.json:\d+: stranger@1\.0\.0: it is signed with SHA256:\S+, which is none of the trusted keys$/,
    packages: [{ name: 'stranger', version: '1.0.0', signature: 'unknown' }],
    at: 'node_modules/stranger',
    verdicts: { verified: 2, 'no-keys': 1 },
    peer: 'plain',
  },
  {
    name: 'registry that was taken over and serves a key of its own; the keys are pinned by file',
    exit: 1,
    says: /^package-lock\.json:\d+: 2 entries are signed with SHA256:\S+, which is none of the trusted keys$/,
    packages: [],
    change: ({ packages }, { other }) => {
      for (const wanted of AROUND) packages[`node_modules/${wanted.name}`] = entryOf(other.publish(wanted));
    },
    npmrc: ({ other }) => `registry=${other.url}\n`,
    npm: ['keys-file: keys.json'],
    at: 'node_modules/plain',
    verdicts: { 'no-keys': 2 },
    peer: 'plain',
  },
  {
    name: "lock file and .npmrc pointed at an attacker's registry, which signs",
    exit: 1,
    says: /^\.npmrc:\d+: \.npmrc takes 2 entries from http:\/\/127\.0\.0\.1:\d+\/, which gate\.deps\.npm\.registries does not name\.$/,
    packages: [],
    change: ({ packages }, { other }) => {
      for (const wanted of AROUND) packages[`node_modules/${wanted.name}`] = entryOf(other.publish(wanted));
    },
    npmrc: ({ other }) => `registry=${other.url}\n`,
    unnamed: true,
    verdicts: { verified: 2 },
    peer: 'plain',
  },
  {
    name: 'provenance downgrade',
    exit: 1,
    says: /^package-lock\.json:\d+: stolen@1\.0\.1: .*1\.0\.0/,
    packages: [
      { name: 'stolen', version: '1.0.0', provenance: identity(REPOSITORY), published: new Date('2025-05-01') },
      { name: 'stolen', version: '1.0.1' },
    ],
    at: 'node_modules/stolen',
    verdicts: { verified: 3 },
    peer: 'plain',
  },
  {
    name: 'built from another repository than the version before',
    exit: 1,
    says: /^package-lock\.json:\d+: sold@1\.0\.1: .*github\.com\/evil\/built.*github\.com\/o\/built/,
    packages: [
      { name: 'sold', version: '1.0.0', provenance: identity(REPOSITORY), published: new Date('2025-05-01') },
      { name: 'sold', version: '1.0.1', provenance: identity('https://github.com/evil/built') },
    ],
    at: 'node_modules/sold',
    verdicts: { verified: 3 },
    peer: 'plain',
  },
  {
    name: 'attestation about other bytes',
    exit: 1,
    says: /^package-lock\.json:\d+: swapped@1\.0\.0: .*attestation/,
    packages: [{ name: 'swapped', version: '1.0.0', provenance: identity(REPOSITORY), attestation: 'other-bytes' }],
    at: 'node_modules/swapped',
    verdicts: { verified: 2, invalid: 1 },
    peer: 'plain',
  },
  {
    name: 'version younger than the cool-down',
    exit: 1,
    says: /^package-lock\.json:\d+: fresh@1\.0\.0: /,
    packages: [{ name: 'fresh', version: '1.0.0', published: new Date(Date.now() - 3_600_000) }],
    // By default it is said and does not block: young is no proof of bad, and the registry's word for it is not signed.
    yaml: ['fail-on: {deps: {severity: medium, verdict: suspected}}'],
    at: 'node_modules/fresh',
    verdicts: { verified: 3 },
    peer: 'plain',
  },
  {
    name: 'registry that redirects in a circle',
    exit: 3,
    says: /^http:\/\/127\.0\.0\.1:\d+\/redirects leads around in a circle/,
    packages: [{ name: 'redirects', version: '1.0.0' }],
    verdicts: { verified: 2, 'unverifiable-source': 1 },
    peer: 'plain',
  },
  {
    name: 'registry whose answer never ends',
    exit: 3,
    says: /the answer of http:\/\/127\.0\.0\.1:\d+\/endless is larger than the \d+ bytes that are read/,
    packages: [{ name: 'endless', version: '1.0.0' }],
    verdicts: { verified: 2, 'unverifiable-source': 1 },
    // npm reads until its memory is full.
    peer: 'none',
  },
  {
    name: 'registry whose answer is shorter than it says',
    exit: 3,
    says: /^http:\/\/127\.0\.0\.1:\d+\/short closed the connection before its answer was complete$/,
    packages: [{ name: 'short', version: '1.0.0' }],
    verdicts: { verified: 2, 'unverifiable-source': 1 },
    peer: 'plain',
  },
];

export function npmCases(work: string, parts: NpmParts): Case[] {
  return ATTACKS.map((attack) => ({
    name: attack.name,
    group: attack.group ?? 'npm',
    exit: attack.exit,
    says: attack.says,
    run: async () => {
      if (attack.verifiedBefore === true) await verifyHonest(attack, work, parts);
      const { directory, text, entries, place } = await write(attack, work, parts);
      try {
        const { verdicts, tell, flags } = attack;

        return await guardDeps({
          directory,
          entries,
          verdicts,
          ...(place === '' ? {} : { place: `package-lock.json:${lineOf(text, place)}` }),
          ...(tell === undefined ? {} : { tell }),
          ...(flags === undefined ? {} : { flags }),
        });
      } finally {
        await remove(directory);
      }
    },
    ...(attack.peer === 'none' ? {} : { peer: () => peer(attack, work, parts) }),
  }));
}

async function verifyHonest({ change: _, ...attack }: Attack, work: string, parts: NpmParts): Promise<void> {
  const { directory, entries } = await write(attack, work, parts);
  const { exit, said } = await guardDeps({ directory, entries });
  if (exit !== 0) throw new Error(`the honest lock file of ${attack.name} did not pass: ${said}`);
}

async function peer(attack: Attack, work: string, parts: NpmParts) {
  const made: string[] = [];
  try {
    return await askNpm(parts.npms, parts.registry, async () => {
      const { directory } = await write(attack, work, parts);
      made.push(directory);
      const npmrc = attack.npmrc?.(parts) ?? '';
      return { directory, npmrc, scripts: attack.peer === 'scripts', mark: join(directory, 'script-ran') };
    });
  } finally {
    for (const directory of made) await remove(directory);
  }
}

/** 1-based line of the entry. */
function lineOf(text: string, location: string): number {
  return text.split('\n').findIndex((line) => line.includes(`${JSON.stringify(location)}: {`)) + 1;
}

/** A registry counts where the configuration of the gate names it, too: .npmrc alone is changed too easily. */
function registriesOf(attack: Attack, parts: NpmParts): Record<string, string> {
  const text = attack.npmrc?.(parts) ?? '';
  const scoped = [...text.matchAll(/^(@\w+):registry=(.*)$/gm)].map(([, scope = '', url = '']) => [scope, url]);
  const main = /^registry=(.*)$/m.exec(text)?.[1] ?? parts.registry.url;
  return { default: main, ...Object.fromEntries(scoped) };
}

interface Written {
  readonly directory: string;
  readonly text: string;
  readonly entries: number;
  readonly place: string;
}

/** A project as a user has it: package.json, a lock file in npm's form, .npmrc and .hemostat.yaml. */
async function write(attack: Attack, work: string, parts: NpmParts): Promise<Written> {
  const directory = join(work, slug(attack.name));
  await mkdir(join(directory, '.home'), { recursive: true });
  const { registry } = parts;
  // The last version of a name is the one that is installed.
  const wanted = new Map([...AROUND, ...attack.packages].map((one) => [one.name, registry.publish(one)]));
  const dependencies = Object.fromEntries([...wanted.values()].map(({ name, version }) => [name, version]));
  const packages = Object.fromEntries([...wanted.values()].map((one) => [`node_modules/${one.name}`, entryOf(one)]));
  attack.change?.({ packages, dependencies }, parts);
  const root = { name: 'project', version: '1.0.0', dependencies };
  const lock = {
    ...root,
    dependencies: undefined,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...packages },
  };
  const text = `${JSON.stringify(lock, null, 2)}\n`;
  const files = {
    'package.json': `${JSON.stringify({ ...root, private: true }, null, 2)}\n`,
    'package-lock.json': text,
    '.npmrc': `registry=${registry.url}\n${attack.npmrc?.(parts) ?? ''}`,
    'trusted-root.json': JSON.stringify(registry.sigstore.trustedRoot),
    'keys.json': JSON.stringify(registry.keys),
    '.hemostat.yaml': [
      'gate:',
      ...(attack.yaml ?? []).map((line) => `  ${line}`),
      '  deps:',
      ...(attack.deps ?? []).map((line) => `    ${line}`),
      '    npm:',
      '      trusted-root: trusted-root.json',
      ...(attack.unnamed === true ? [] : [`      registries: ${JSON.stringify(registriesOf(attack, parts))}`]),
      ...(attack.npm ?? []).map((line) => `      ${line}`),
      '',
    ].join('\n'),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return { directory, text, entries: Object.keys(packages).length, place: attack.at ?? '' };
}
