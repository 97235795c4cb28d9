import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile as PeerProfile } from 'pprof-format';
import { describe, expect, it } from 'vitest';
import { expandFrames, functionFile, functionName, sampleTypeIndex } from './frames.ts';
import { goPprof, rawText, runPprof } from './go-pprof.testing.ts';
import type { Profile } from './profile.ts';
import { readProfile } from './read.ts';
import { top } from './top.ts';

const testdata = join(import.meta.dirname, 'testdata');
const versions = readdirSync(testdata).filter((name) => name.startsWith('go'));
const files = versions.flatMap((version) => readdirSync(join(testdata, version)).map((name) => `${version}/${name}`));
const binary = files.filter((name) => name.endsWith('.pb.gz'));

function load(name: string): Profile {
  return readProfile(readFileSync(join(testdata, name)));
}

/** -raw prints the duration abbreviated. */
function withoutDuration(raw: string): string {
  return raw.replace(/^Duration: .*\n/m, '');
}

describe('fixtures', () => {
  it('come from four Go versions and hold every kind of profile', () => {
    expect(versions).toEqual(['go1.19', 'go1.23', 'go1.26', 'go1.27']);
    expect(files).toHaveLength(4 * 11);
  });
});

describe.skipIf(goPprof === '')('profile.proto, against go tool pprof -raw', () => {
  it.each(binary)('%s', (name) => {
    expect(rawText(load(name))).toBe(withoutDuration(runPprof(['-raw', join(testdata, name)])));
  });
});

describe('profile.proto, against pprof-format', () => {
  it.each(binary)('%s', (name) => {
    const ours = load(name);
    const peer = PeerProfile.decode(gunzipSync(readFileSync(join(testdata, name))));
    expect(ours.strings).toEqual(peer.stringTable.strings);
    expect(ours.timeNanos).toBe(BigInt(peer.timeNanos));
    expect(ours.durationNanos).toBe(BigInt(peer.durationNanos));
    expect(ours.samples.count).toBe(peer.sample.length);
    peer.sample.forEach((sample, s) => {
      expect(ours.samples.values.map((column) => column[s])).toEqual(sample.value.map(Number));
      const stack = ours.samples.stackLocations.subarray(
        ours.samples.stackOffsets[s],
        ours.samples.stackOffsets[s + 1],
      );
      expect(Array.from(stack, (l) => ours.locations.id[l])).toEqual(sample.locationId.map(BigInt));
      const [from = 0, to = 0] = ours.samples.labelOffsets.subarray(s, s + 2);
      const labels = Array.from({ length: to - from }, (_, i) => [
        ours.labels.key[from + i],
        ours.labels.str[from + i],
        ours.labels.num[from + i],
      ]);
      expect(labels).toEqual(sample.label.map(({ key, str, num }) => [Number(key), Number(str), Number(num)]));
    });
    expect(Array.from(ours.functions.name)).toEqual(peer.function.map((fn) => Number(fn.name)));
    expect(Array.from(ours.locations.address)).toEqual(peer.location.map((location) => BigInt(location.address)));
  });
});

/** Stacks of -raw as addresses with their values, for a text whose locations have no ids of their own. */
function rawStacks(raw: string): string[] {
  const addresses = new Map<string, string>();
  for (const [, id = '', address = ''] of raw.matchAll(/^ *(\d+): (0x[0-9a-f]+) /gm)) addresses.set(id, address);
  return Array.from(raw.matchAll(/^((?: +-?\d+)+): ([\d ]*)$/gm), ([, values = '', ids = '']) => {
    const stack = ids
      .trim()
      .split(' ')
      .map((id) => addresses.get(id) ?? '');
    return `${values.trim().replace(/ +/g, ' ')}: ${stack.join(' ').trim()}`;
  });
}

/** The same of ours. */
function ourStacks({ samples, locations }: Profile): string[] {
  return Array.from({ length: samples.count }, (_, s) => {
    const stack = samples.stackLocations.subarray(samples.stackOffsets[s], samples.stackOffsets[s + 1]);
    const addresses = Array.from(stack, (l) => `0x${locations.address[l]?.toString(16)}`);
    return `${samples.values.map((column) => column[s]).join(' ')}: ${addresses.join(' ')}`;
  });
}

/**
 * We leave out the addresses that the text has no names for, where it names others of the same stack; go tool pprof
 * keeps them. So: its stacks, without the addresses at either end that no comment of the record mentions.
 */
function withoutHidden(stacks: readonly string[], text: string): string[] {
  const records = text.split(/^(?=[\d-]+(?::| \d*) .*@|\d+ @)/m).filter((part) => /^-?\d/.test(part));
  expect(records).toHaveLength(stacks.length);
  return stacks.map((stack, i) => {
    const named = new Set(Array.from((records[i] ?? '').matchAll(/^#\t(0x[0-9a-f]+)\t+\S/gm), ([, pc]) => pc));
    const [values = '', addresses = ''] = stack.split(': ');
    const all = addresses.split(' ');
    if (named.size === 0) return stack;
    const first = all.findIndex((address) => named.has(address));
    const last = all.findLastIndex((address) => named.has(address));
    return `${values}: ${all.slice(first, last + 1).join(' ')}`;
  });
}

describe.skipIf(goPprof === '')('debug=1 texts, against go tool pprof -raw', () => {
  // Go 1.19 writes a thread without a stack as `5 @`, which go tool pprof refuses.
  const readable = files.filter((name) => name.endsWith('.txt') && name !== 'go1.19/threadcreate.txt');
  it.each(readable)('%s', (name) => {
    const path = join(testdata, name);
    const raw = runPprof(['-raw', path]);
    const ours = load(name);
    expect(ourStacks(ours)).toEqual(withoutHidden(rawStacks(raw), readFileSync(path, 'utf8')));
    const head = (text: string): string[] => text.split('\n').slice(0, 4);
    expect(head(rawText(ours))).toEqual(head(raw));
    // A record without objects has no size; google/pprof prints 0.
    const sizes = (text: string): string[] => text.match(/bytes:\[[1-9]\d*\]/g) ?? [];
    expect(sizes(rawText(ours))).toEqual(sizes(raw));
  });
});

/** Flat values per function and line of the text and of the binary profile taken right before it. */
function flatLines(profile: Profile, type: string): Map<string, number> {
  const index = sampleTypeIndex(profile, type);
  return new Map(top(profile, index, { granularity: 'lines' }).map((row) => [row.label, row.flat]));
}

describe('debug=1 symbols', () => {
  it('takes a record without a stack', () => {
    expect(ourStacks(load('go1.19/threadcreate.txt'))).toEqual(['4: ']);
  });

  it.each(versions)('%s: the heap text has the functions, lines and values of the binary profile', (version) => {
    const text = flatLines(load(`${version}/heap.txt`), 'inuse_space');
    const proto = flatLines(load(`${version}/heap.pb.gz`), 'inuse_space');
    const ours = [...proto].filter(([label, flat]) => label.startsWith('main.') && flat !== 0);
    expect(ours.length).toBeGreaterThan(0);
    for (const [label, flat] of ours) expect([label, text.get(label)]).toEqual([label, flat]);
  });

  it.each(versions)('%s: the goroutine text has the labels and stacks', (version) => {
    const profile = load(`${version}/goroutine.txt`);
    const frames = expandFrames(profile);
    const stuck = Array.from({ length: profile.samples.count }, (_, s) => s).filter((s) => {
      const f = frames.frameFunction[frames.frameOffsets[frames.stackOfSample[s] ?? 0] ?? 0] ?? -1;
      return functionName(profile, f) === 'main.stuck' && functionFile(profile, f) === 'example.com/svc/main.go';
    });
    expect(stuck.map((s) => profile.samples.values[0]?.[s]).sort()).toEqual([1, 5]);
    const { key, str } = profile.labels;
    const labels = Array.from(key, (k, l) => `${profile.strings[k]}=${profile.strings[str[l] ?? 0]}`);
    expect(labels).toEqual(['job=quo"ted', 'shard=7']);
  });
});
