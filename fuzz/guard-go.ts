/** Fuzz targets of what `guard deps` reads for Go: whatever it is given, it answers or refuses with an error of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipHashes } from '../src/guard/deps/go/dirhash.ts';
import { parseProxies } from '../src/guard/deps/go/environment.ts';
import { parseModulesTxt } from '../src/guard/deps/go/modules-txt.ts';
import { openNote, parseNoteKey } from '../src/guard/deps/go/note.ts';
import { coveringPattern, tooBroad } from '../src/guard/deps/go/patterns.ts';
import { escapeModule, parseSumFile, sumConflicts } from '../src/guard/deps/go/sum-file.ts';
import { parseLookup, parseTree, subtreesOf, tileOfSubtree, tilePath, tileRoot } from '../src/guard/deps/go/tlog.ts';
import { vendorDisagreements } from '../src/guard/deps/go/vendor-consistency.ts';
import { bytesSource } from '../src/guard/deps/go/zip.ts';
import { DEFAULT_ALLOWANCE, type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const REAL = join(import.meta.dirname, '../src/guard/deps/go/testdata/go-sumdb/sum.golang.org+033de0ae');
const KEY = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
const latest = (): Buffer => readFileSync(join(REAL, 'latest'));
const H1 = `h1:${'A'.repeat(43)}=`;

/** A zip of two stored files, as small as one can be. */
function smallZip(): Buffer {
  const name = Buffer.from('m@v1/a');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length, 16);
  return Buffer.concat([local, name, central, name, end]);
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'go-sum',
    seeds: () => [
      utf8(`example.test/A v1.0.0 ${H1}\nexample.test/A v1.0.0/go.mod ${H1}\r\n\n x v1.0.0+incompatible h2:x\n`),
      utf8(`a.b/c v1.0.0 ${H1}\na.b/c v1.0.0 ${H1.replace('AA', 'BB')}\na b\n`),
    ],
    run(input) {
      const lines = parseSumFile(textOf(input));
      for (const { path, version, problem } of lines) {
        const name = `lookup/${escapeModule(path)}@${escapeModule(version)}`;
        // What is no problem becomes part of addresses and of names of files.
        if (problem === '' && !/^lookup\/[a-z0-9\-._~!/]+@[a-z0-9\-.+!]+$/.test(name))
          throw new Error(`let through ${name}`);
        if (problem === '' && /(^|\/)\.\.?(\/|@|$)/.test(name)) throw new Error(`let through ${name}`);
      }
      sumConflicts(lines);
    },
  },
  {
    name: 'sumdb-note',
    seeds: () => [latest(), utf8('text\n\n— a AAAAAAA=\n'), utf8(KEY), utf8('go.sum database tree\n7\nAA==\n')],
    run(input) {
      const key = parseNoteKey(KEY);
      const opened = openNote(input, key);
      if (opened.kind === 'signed' && !latest().equals(input) && !textOf(input).includes('— sum.golang.org'))
        throw new Error('a note without a signature opened');
      parseTree(textOf(input));
      refusing('GuardUsageError', () => void parseNoteKey(textOf(input)));
    },
  },
  {
    name: 'sumdb-lookup',
    seeds: () => [
      Buffer.concat([Buffer.from(`12\na.b/c v1.0.0 ${H1}\na.b/c v1.0.0/go.mod ${H1}\n\n`), latest()]),
      utf8('1\n\n\n'),
    ],
    run(input) {
      const found = parseLookup(Buffer.from(input));
      if (found !== null && !Number.isSafeInteger(found.id)) throw new Error(`record ${found.id}`);
    },
  },
  {
    name: 'sumdb-tile',
    seeds: () =>
      readdirSync(join(REAL, 'tile/8/1'))
        .filter((name) => /^\d+$/.test(name))
        .map((name) => readFileSync(join(REAL, 'tile/8/1', name))),
    run(input) {
      const data = Buffer.from(input);
      const size = data.length === 0 ? 0 : data.readUIntBE(0, Math.min(6, data.length));
      let hashed = 0;
      for (const part of subtreesOf(size)) {
        const { tile, from, to } = tileOfSubtree(part, size);
        if (from < 0 || to > tile.width || tile.width > 256) throw new Error(`${tilePath(tile)} ${from} to ${to}`);
        // A size has some fifty subtrees, most of them as wide as a tile; a few show what all do.
        if (hashed < 512) tileRoot(data, from, to);
        hashed += to - from;
      }
    },
  },
  {
    name: 'module-zip',
    seeds: () => [smallZip()],
    // An entry inflates to at most 1032 times its size, and entries may share their bytes.
    allowance: (size) => DEFAULT_ALLOWANCE(size) + 4096 * size,
    run: (input) =>
      refusing(['ZipError', 'GuardUsageError'], () => void zipHashes(bytesSource(Buffer.from(input)), 'm@v1/')),
  },
  {
    name: 'modules-txt',
    seeds: () => [
      utf8(
        '## workspace\n# a.b/c v1.0.0 => d.e/f v1.0.0\n## explicit; go 1.20\na.b/c\na.b/c/d\n# x => ./y\n# q v1\n## go 1.1\n',
      ),
    ],
    run(input) {
      const txt = parseModulesTxt(textOf(input));
      const replace = [{ old: { path: 'a.b/c', version: '' }, new: { path: 'd.e/f', version: 'v1.0.0' } }];
      vendorDisagreements(txt, { require: [{ path: 'a.b/c', version: 'v1.0.0' }], replace });
    },
  },
  {
    name: 'go-patterns',
    seeds: () => [utf8('*.corp.test/[a-z]*/x?,git\\*hub.com/,**,[^]\ngithub.com/a/b'), utf8('https://a,b|direct,off')],
    // Patterns may have two bytes, and each is held against the path and against a dozen hosts.
    allowance: (size) => DEFAULT_ALLOWANCE(size) + 8192 * size,
    run(input) {
      const [list = '', path = ''] = textOf(input).split('\n', 2);
      // No path is longer: isModulePath sees to that.
      coveringPattern(list, path.slice(0, 1024));
      for (const pattern of list.split(',')) tooBroad(pattern);
      parseProxies(list);
    },
  },
];
