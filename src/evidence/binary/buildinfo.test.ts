/** Checked against `go version -m` on binaries that are there anyway, and against damage. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBuildInfo } from './buildinfo.ts';
import type { ByteSource } from './source.ts';

const GO = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';

function sourceOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.byteLength, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A header as the linker writes it, `before` bytes into a file. */
function synthetic(version: string, module: string, before = 64): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    const length: number[] = [];
    let rest = bytes.length;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    return Buffer.concat([Buffer.from([...length, rest]), bytes]);
  };
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8;
  header[15] = 2;
  return Buffer.concat([
    Buffer.alloc(before),
    header,
    text(version),
    text(module === '' ? '' : `${'m'.repeat(16)}${module}\n${'m'.repeat(16)}`),
  ]);
}

describe('readBuildInfo', () => {
  it('agrees with go version -m on the go command and its tools', () => {
    const root = execFileSync(GO, ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
    for (const path of [`${root}/bin/go`, `${root}/bin/gofmt`]) {
      const [first = '', ...lines] = execFileSync(GO, ['version', '-m', path], { encoding: 'utf8' }).trim().split('\n');
      const info = readBuildInfo(sourceOf(readFileSync(path)));
      expect(info?.goVersion).toBe(first.split(': ')[1]);
      const fields = lines.map((line) => line.trim().split('\t'));
      expect(info?.path).toBe(fields.find(([kind]) => kind === 'path')?.[1]);
      expect(info?.dependencies.map(({ path: name }) => name)).toEqual(
        fields.filter(([kind]) => kind === 'dep').map(([, name]) => name),
      );
      const settings = fields.filter(([kind]) => kind === 'build').map(([, text]) => text);
      expect(Object.entries(info?.settings ?? {}).map(([key, value]) => `${key}=${value}`)).toEqual(settings);
    }
  });

  it('finds none in what is not Go', () => {
    expect(readBuildInfo(sourceOf(readFileSync(process.execPath)))).toBeNull();
    expect(readBuildInfo(sourceOf(new Uint8Array()))).toBeNull();
  });

  it('reads the module text between its markers, and headers across chunk borders', () => {
    const module =
      'path\texample.com/a/cmd/b\nmod\texample.com/a\tv1.2.3\th1:x\ndep\tx.org/y\tv0.1.0\nbuild\t-tags=a=b\n';
    const expected = {
      goVersion: 'go1.26.8',
      path: 'example.com/a/cmd/b',
      mainModule: { path: 'example.com/a', version: 'v1.2.3' },
      dependencies: [{ path: 'x.org/y', version: 'v0.1.0' }],
      settings: { '-tags': 'a=b' },
    };
    for (const before of [0, 64, (4 << 20) - 16, 4 << 20]) {
      expect(readBuildInfo(sourceOf(synthetic('go1.26.8', module, before)))).toEqual(expected);
    }
    expect(readBuildInfo(sourceOf(synthetic('go1.26.8', module, 8)))).toBeNull(); // unaligned: somebody's string constant
    expect(readBuildInfo(sourceOf(synthetic('go1.26.8', '')))).toMatchObject({ path: '', mainModule: null });
  });

  it('survives damage', () => {
    const good = synthetic('go1.26.8', 'path\tx\nmod\tx\tv1\n');
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(good.length - 1), fc.nat(255), (cut, at, byte) => {
        const bytes = Buffer.from(good);
        bytes[at] = byte;
        const info = readBuildInfo(sourceOf(bytes.subarray(0, cut)));
        expect(info === null || typeof info.goVersion === 'string').toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
