/**
 * What the scanners are shown by record-scans.ts: a Go program that calls one of two vulnerable functions, and the same made-up
 * vulnerabilities written for each scanner's database. Packages and numbers are made up; the year 2099 says so.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

const DAY = '2026-11-01T00:00:00Z';
const VULNERABLE = 'example.com/vulnerable';
const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

export function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const json = (value: unknown): string => JSON.stringify(value, null, 1);

/** A zip with stored entries (APPNOTE.TXT 4.3). */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A module proxy of files, with the vulnerable version and the fixed one, and a program that was built with the former. */
export function writeProgram(root: string): void {
  const source = `package vulnerable

//go:noinline
func Called(n int) int { return n * 2 }

//go:noinline
func Uncalled(n int) int { return n * 3 }
`;
  const mod = `module ${VULNERABLE}\n\ngo 1.24\n`;
  for (const version of ['v1.1.0', 'v1.3.0']) {
    const at = join(root, 'proxy', VULNERABLE, '@v');
    put(join(at, `${version}.info`), json({ Version: version, Time: DAY }));
    put(join(at, `${version}.mod`), mod);
    const inside = `${VULNERABLE}@${version}`;
    put(join(at, `${version}.zip`), zip({ [`${inside}/go.mod`]: mod, [`${inside}/vulnerable.go`]: source }));
  }
  put(join(root, 'app/go.mod'), `module example.com/app\n\ngo 1.24\n\nrequire ${VULNERABLE} v1.1.0\n`);
  put(
    join(root, 'app/main.go'),
    `package main\n\nimport "${VULNERABLE}"\n\nfunc main() { println(vulnerable.Called(21)) }\n`,
  );
}

interface OsvShape {
  readonly id: string;
  readonly [member: string]: unknown;
}

/** One record of the OSV schema about the Go module. */
function goRecord(id: string, aliases: readonly string[], fixed: string | null, symbol: string, more = {}): OsvShape {
  return {
    schema_version: '1.7.0',
    id,
    modified: DAY,
    published: DAY,
    aliases,
    summary: `${symbol} of ${VULNERABLE} does what it should not`,
    details: `${symbol} does what it should not.`,
    affected: [
      {
        package: { name: VULNERABLE, ecosystem: 'Go' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, ...(fixed === null ? [] : [{ fixed }])] }],
        ecosystem_specific: { imports: [{ path: VULNERABLE, symbols: [symbol] }] },
      },
    ],
    ...more,
  };
}

const GO: readonly OsvShape[] = [
  goRecord('GO-2099-0001', ['CVE-2099-0001', 'GHSA-aaaa-bbbb-cccc'], '1.2.0', 'Called'),
  goRecord('GO-2099-0002', ['CVE-2099-0002'], '1.3.0', 'Uncalled'),
];
const GHSA = goRecord('GHSA-aaaa-bbbb-cccc', ['CVE-2099-0001'], '1.2.0', 'Called', {
  severity: [{ type: 'CVSS_V3', score: CRITICAL }],
  database_specific: { severity: 'CRITICAL' },
});
const WITHDRAWN = goRecord('GHSA-wwww-wwww-wwww', ['CVE-2099-0009'], '1.9.0', 'Called', { withdrawn: DAY });

/** As https://vuln.go.dev serves it, for govulncheck -db. */
export function writeGoDatabase(root: string): void {
  const about = ({ id }: OsvShape, fixed: string): object => ({ id, modified: DAY, fixed });
  put(join(root, 'index/db.json'), json({ modified: DAY }));
  put(join(root, 'index/vulns.json'), json(GO.map(({ id, aliases }) => ({ id, modified: DAY, aliases }))));
  const vulns = GO.map((one, i) => about(one, i === 0 ? '1.2.0' : '1.3.0'));
  put(join(root, 'index/modules.json'), json([{ path: VULNERABLE, vulns }]));
  for (const one of GO) put(join(root, `ID/${one.id}.json`), json(one));
}

/** For osv-scanner --local-db-path: all.zip of an ecosystem. */
export function writeOsvDatabase(root: string): void {
  const alpine = {
    schema_version: '1.7.0',
    id: 'ALPINE-CVE-2099-1000',
    modified: DAY,
    published: DAY,
    // As in the real database: the CVE is no alias.
    upstream: ['CVE-2099-1000'],
    details: 'libexample overflows.',
    severity: [{ type: 'CVSS_V3', score: CRITICAL }],
    affected: [
      {
        package: { name: 'libexample', ecosystem: 'Alpine:v3.22', purl: 'pkg:apk/alpine/libexample?arch=source' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0-r1' }] }],
      },
    ],
  };
  const archive = (entries: readonly OsvShape[]): Buffer =>
    zip(Object.fromEntries(entries.map((entry) => [`${entry.id}.json`, json(entry)])));
  // Both places that versions of osv-scanner read.
  for (const folder of ['osv-scanner', 'osv-scalibr']) {
    put(join(root, folder, 'Go/all.zip'), archive([...GO, GHSA, WITHDRAWN]));
    put(join(root, folder, 'Alpine/all.zip'), archive([alpine]));
  }
}

/** One value of Trivy's database: buckets, key, JSON. */
interface Bolt {
  readonly buckets: readonly string[];
  readonly key: string;
  readonly value: unknown;
}

/** What record-scans/bolt writes as Trivy's database (schema 2). `Status` is the number of trivy-db's types.Status. */
export function trivyDatabase(): readonly Bolt[] {
  const os = ['alpine 3.22', 'libexample'];
  const go = ['go::GitHub Security Advisory Go', VULNERABLE];
  const text = (id: string, severity: string, more = {}): Bolt => ({
    buckets: ['vulnerability'],
    key: id,
    value: { Title: `${id} of the samples`, Severity: severity, ...more },
  });
  return [
    {
      buckets: ['data-source'],
      key: 'alpine 3.22',
      value: { ID: 'alpine', Name: 'Alpine Secdb', URL: 'https://example.com' },
    },
    {
      buckets: ['data-source'],
      key: go[0] ?? '',
      value: { ID: 'ghsa', Name: 'GitHub Security Advisory Go', URL: 'https://example.com' },
    },
    { buckets: os, key: 'CVE-2099-1000', value: { FixedVersion: '1.0-r1' } },
    { buckets: os, key: 'CVE-2099-1001', value: { FixedVersion: '', Status: 5 } },
    { buckets: os, key: 'CVE-2099-1003', value: { FixedVersion: '1.0-r2' } },
    {
      buckets: go,
      key: 'CVE-2099-0001',
      value: { VendorIDs: ['GHSA-aaaa-bbbb-cccc'], VulnerableVersions: ['< 1.2.0'], PatchedVersions: ['1.2.0'] },
    },
    {
      buckets: go,
      key: 'CVE-2099-0002',
      value: { VulnerableVersions: ['< 1.1.5', '>= 1.2.0, < 1.3.0', '= 1.1.0'], PatchedVersions: ['1.1.5', '1.3.0'] },
    },
    text('CVE-2099-1000', 'CRITICAL', {
      VendorSeverity: { nvd: 4 },
      CVSS: { nvd: { V3Vector: CRITICAL, V3Score: 9.8 } },
    }),
    text('CVE-2099-1001', 'HIGH', { VendorSeverity: { nvd: 3 } }),
    // Nobody rated it: Trivy says UNKNOWN.
    text('CVE-2099-1003', 'UNKNOWN'),
    text('CVE-2099-0001', 'MEDIUM', { VendorSeverity: { ghsa: 2 } }),
    text('CVE-2099-0002', 'HIGH', { VendorSeverity: { ghsa: 3 } }),
  ];
}

/** A statement for `--vex`: the CVE does not affect this module. */
export function vexStatement(): string {
  return json({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://example.com/vex/1',
    author: 'samples',
    timestamp: DAY,
    version: 1,
    statements: [
      {
        vulnerability: { name: 'CVE-2099-0002' },
        products: [{ '@id': `pkg:golang/${VULNERABLE}@v1.1.0` }, { '@id': `pkg:golang/${VULNERABLE}` }],
        status: 'not_affected',
        justification: 'vulnerable_code_not_in_execute_path',
      },
    ],
  });
}

export interface Built {
  readonly digest: string;
  readonly config: string;
  readonly diffIds: readonly string[];
}

/** An OCI layout with one image of one layer: the program, and for `alpine` the files by which scanners know a distribution. */
export function writeLayout(root: string, program: string, alpine: boolean): Built {
  const files = join(root, 'rootfs');
  mkdirSync(join(files, 'usr/bin'), { recursive: true });
  cpSync(program, join(files, 'usr/bin/app'));
  if (alpine) {
    put(join(files, 'etc/alpine-release'), '3.22.1\n');
    put(
      join(files, 'etc/os-release'),
      'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n',
    );
    const apk = (name: string, version: string): string =>
      `C:Q1${createHash('sha1').update(name).digest('base64')}\nP:${name}\nV:${version}\nA:x86_64\nS:1000\nI:2000\nT:${name}\nL:MIT\no:${name}\n\n`;
    put(join(files, 'lib/apk/db/installed'), apk('libexample', '1.0-r0') + apk('libother', '2.0-r0'));
  }
  const tar = join(root, 'layer.tar');
  const fixed = ['--sort=name', '--mtime=2026-11-01', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...fixed, '-cf', tar, '-C', files, '.']);
  const layout = join(root, 'layout');
  const blob = (bytes: Buffer): string => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    put(join(layout, 'blobs/sha256', hex), bytes);
    return `sha256:${hex}`;
  };
  const layer = blob(readFileSync(tar));
  const configuration = Buffer.from(
    JSON.stringify({
      created: DAY,
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/usr/bin/app'] },
      rootfs: { type: 'layers', diff_ids: [layer] },
      history: [{ created: DAY, created_by: 'samples' }],
    }),
  );
  const config = blob(configuration);
  const oci = 'application/vnd.oci.image';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${oci}.manifest.v1+json`,
      config: { mediaType: `${oci}.config.v1+json`, digest: config, size: configuration.length },
      layers: [{ mediaType: `${oci}.layer.v1.tar`, digest: layer, size: statSync(tar).size }],
    }),
  );
  const digest = blob(manifest);
  put(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  put(
    join(layout, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${oci}.index.v1+json`,
      manifests: [
        {
          mediaType: `${oci}.manifest.v1+json`,
          digest,
          size: manifest.length,
          annotations: { 'org.opencontainers.image.ref.name': 'v1' },
        },
      ],
    }),
  );
  return { digest, config, diffIds: [layer] };
}
