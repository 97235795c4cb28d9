import { classify } from '../src/guard/deps/npm/classify.ts';
import { parseIntegrity } from '../src/guard/deps/npm/integrity.ts';
import { readKeys } from '../src/guard/deps/npm/keys.ts';
import { readLockFile } from '../src/guard/deps/npm/lockfile.ts';
import { authorization, readNpmrc, registryOf } from '../src/guard/deps/npm/npmrc.ts';
import { parseDocument, readHistory, readVersion, versionIn } from '../src/guard/deps/npm/record.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const HASH = `sha512-${Buffer.alloc(64, 3).toString('base64')}`;

const LOCK = JSON.stringify({
  name: 'x',
  lockfileVersion: 2,
  packages: {
    '': {
      name: 'x',
      workspaces: ['packages/*', '!packages/b'],
      dependencies: { a: '^1.0.0', al: 'npm:b@1', g: 'o/g' },
    },
    'node_modules/a': {
      version: '1.0.0',
      resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
      integrity: HASH,
      bundleDependencies: ['i'],
    },
    'node_modules/a/node_modules/i': { version: '1.0.0-rc.1+b', inBundle: true, hasInstallScript: true },
    'node_modules/al': { name: 'b', version: '1.0.0', integrity: `${HASH}?x sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=` },
    'node_modules/g': { version: '1.0.0', resolved: 'git+ssh://git@github.com/o/g.git#0123' },
    'node_modules/@s/l': { resolved: 'packages/l', link: true },
    'packages/l': { version: '0.0.0' },
  },
  dependencies: { a: { version: '1.0.0', integrity: HASH, dependencies: { i: { version: '1.0.0' } } } },
});

const DIST = {
  integrity: HASH,
  shasum: '0'.repeat(40),
  tarball: 'https://r/a/-/a-1.0.0.tgz',
  signatures: [{ keyid: 'k', sig: 'AA==' }],
  attestations: { url: 'https://r/x', provenance: {} },
};
const PACKUMENT = JSON.stringify({
  name: 'a',
  versions: {
    '1.0.0': { name: 'a', version: '1.0.0', dist: DIST, bundleDependencies: ['i'] },
    '0.9.0': { name: 'a', version: '0.9.0', dist: DIST },
  },
  time: { '1.0.0': '2025-01-01T00:00:00.000Z', '0.9.0': '2024-01-01T00:00:00.000Z' },
});
const KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g==';

export const targets: readonly FuzzTarget[] = [
  {
    name: 'npm-lock',
    seeds: () => [
      utf8(LOCK),
      utf8(JSON.stringify(JSON.parse(LOCK), null, 2)),
      utf8('{"lockfileVersion":3,"packages":{"a":1,"a":2,"__proto__":{}}}'),
    ],
    run: (input) =>
      refusing('GuardEvidenceError', () => {
        const lock = readLockFile(input, 'package-lock.json');
        const around = { registry: 'https://registry.npmjs.org/', known: ['https://r.example/'], specs: lock.specs };
        for (const entry of lock.entries) {
          if (entry.line < 1 || entry.column < 1) throw new Error('an entry has no place');
          classify(entry, around);
        }
      }),
    // A node for each value, with its members; 1 KiB for each byte is for `[[[[` and `{},{},`.
    allowance: (size) => 16 * 1024 * 1024 + 1024 * size,
  },
  {
    name: 'npm-packument',
    seeds: () => [
      utf8(PACKUMENT),
      utf8(
        JSON.stringify({
          keys: [
            { keyid: 'k', key: KEY, expires: null },
            { keyId: 'j', publicKey: { rawBytes: KEY, validFor: { end: '2025-01-01T00:00:00Z' } } },
          ],
        }),
      ),
    ],
    run: (input) =>
      refusing('GuardEvidenceError', () => {
        const document = parseDocument(Buffer.from(input), 'the registry');
        if (input.includes(0x6b)) readHistory(document, '1.0.0');
        const found = versionIn(document, '1.0.0');
        if (found !== null) parseIntegrity(readVersion(found, 'a', '1.0.0', 'the registry').integrity ?? '');
        readKeys(document, 'registry', 'the registry');
      }),
  },
  {
    name: 'npmrc',
    seeds: () => [
      utf8(
        'registry = https://r.example/a/\n@s:registry="http://x:1/"\n//r.example/a/:_authToken=\u0024{T}-\u0024{U?}\n; c\n[s]\n//x:1/:username=u\n//x:1/:_password=cA==\n',
      ),
    ],
    run(input) {
      const npmrc = readNpmrc(textOf(input), { T: 'token' });
      for (const name of ['a', '@s/a']) authorization(registryOf(name, npmrc, {}).url, npmrc);
    },
  },
];
