import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../error.ts';
import { cgroupFiles, locateCgroup, readCgroup } from './cgroup.ts';
import { parseMaps, parseSmaps } from './maps.ts';
import { readProcess } from './read.ts';
import { parseStat, parseStatus } from './status.ts';

const load = (version: string, name: string): string =>
  readFileSync(join(import.meta.dirname, 'testdata', version, name), 'utf8');
const MIB = 2 ** 20;

describe.each(['go1.23.4', 'go1.26.8'])(
  'a Go program that holds 32 MiB of heap and 24 MiB of its own mmaps, %s',
  (version) => {
    const raw = {
      pid: 7,
      status: load(version, 'status.txt'),
      stat: load(version, 'stat.txt'),
      smaps: load(version, 'smaps.txt'),
      smapsRollup: load(version, 'smaps_rollup.txt'),
      fdCount: 9,
    };
    const truth = JSON.parse(load(version, 'truth.json'));
    const stats = readProcess(raw);
    const backed = (name: string): number => stats.byBacking?.find((backing) => backing.name === name)?.rss ?? 0;

    it('RSS by backing adds up to RSS, and that is what the kernel sums itself', () => {
      expect(stats.byBacking?.reduce((sum, { rss }) => sum + rss, 0)).toBe(stats.rss);
      expect(stats.byBacking?.reduce((sum, { count }) => sum + count, 0)).toBe(stats.mappings);
      const rollup = readProcess({ pid: 7, smapsRollup: raw.smapsRollup });
      const status = readProcess({ pid: 7, status: raw.status });
      // Three readings of a running process, one after the other.
      for (const other of [rollup.rss, status.rss])
        expect(Math.abs((other ?? 0) - (stats.rss ?? 0))).toBeLessThan(3 * MIB);
      expect(stats.rss).toBeGreaterThan(truth.heapBytes + truth.mapBytes);
    });

    it('tells Go’s arenas from what the program mapped itself, without names from the kernel', () => {
      expect(raw.smaps).not.toContain('[anon: Go');
      expect(stats.goArenaBy).toBe('address');
      expect(stats.goArenaRss).toBe(backed('[anon: Go: heap]'));
      expect(stats.goArenaRss).toBeGreaterThan(truth.heapBytes);
      expect(stats.goArenaRss).toBeLessThan(truth.heapBytes + 8 * MIB);
      expect(backed('[anon]')).toBeGreaterThan(truth.mapBytes);
      expect(backed('[anon]')).toBeLessThan(truth.mapBytes + 8 * MIB);
      expect(stats.byBacking?.some(({ name }) => name === '/srv/orders/program')).toBe(true);
    });

    it('reads counters', () => {
      expect(stats).toMatchObject({ pid: 7, fds: 9, swap: 0 });
      expect(stats.threads).toBeGreaterThan(2);
      expect(stats.startTicks).toBeGreaterThan(0);
      expect((stats.rssAnon ?? 0) + (stats.rssFile ?? 0) + (stats.rssShmem ?? 0)).toBe(parseStatus(raw.status).rss);
    });
  },
);

describe('arenas', () => {
  const mapping = (range: string, rss: number, name = ''): string =>
    `${range} rw-p 00000000 00:00 0 ${name}\nRss: ${rss} kB\n`;

  it('by the names of Go ≥ 1.25, where the kernel keeps them', () => {
    const smaps = [
      mapping('c000000000-c000400000', 100, '[anon: Go: heap]'),
      mapping('c000400000-c004000000', 0, '[anon: Go: heap reservation]'),
      mapping('7f0000000000-7f0004000000', 50, '[anon: Go: page alloc]'),
      mapping('7f1000000000-7f1004000000', 30),
    ].join('');
    const stats = readProcess({ pid: 1, smaps });
    expect([stats.goArenaBy, stats.goArenaRss]).toEqual(['name', 100 * 1024]);
    expect(stats.byBacking?.map(({ name }) => name)).toEqual([
      '[anon: Go: heap]',
      '[anon: Go: page alloc]',
      '[anon]',
      '[anon: Go: heap reservation]',
    ]);
  });

  it('on arm64 with 39-bit addresses; never in the half where the kernel maps, never a part of an arena', () => {
    const arm = `${mapping('4000000000-4000400000', 100)}${mapping('4000400000-4004000000', 0)}${mapping('7fcc000000-7fd0000000', 7)}${mapping('7ffffdf000-8000000000', 1, '[stack]')}`;
    expect(readProcess({ pid: 1, smaps: arm }).goArenaRss).toBe(100 * 1024);
    expect(readProcess({ pid: 1, smaps: mapping('c000000000-c000400000', 100) }).goArenaRss).toBeUndefined();
    const shared = 'c000000000-c004000000 rw-s 00000000 00:01 5 /dev/zero (deleted)\nRss: 4 kB\n';
    expect(readProcess({ pid: 1, smaps: shared }).goArenaRss).toBeUndefined();
  });
});

describe('/proc texts', () => {
  it('stat of a program whose name is hostile', () => {
    const rest = Array.from({ length: 50 }, (_, n) => n + 4).join(' ');
    expect(parseStat(`12 (a) R (b c) S ${rest}\n`)).toMatchObject({
      command: 'a) R (b c',
      state: 'S',
      threads: 20,
      startTicks: 22,
      vmSize: 23,
    });
    for (const text of ['', '12', '12 (a', ') (', '12 (a) S 1 2']) expect(parseStat(text)).toBeNull();
  });

  it('this very process', () => {
    const stats = readProcess({
      pid: process.pid,
      status: readFileSync('/proc/self/status', 'utf8'),
      stat: readFileSync('/proc/self/stat', 'utf8'),
      smaps: readFileSync('/proc/self/smaps', 'utf8'),
    });
    const { rss } = process.memoryUsage();
    expect(Math.abs((stats.rss ?? 0) / rss - 1)).toBeLessThan(0.2);
    expect(
      stats.byBacking?.find(({ name }) => name === process.execPath || name.endsWith('/node'))?.rss,
    ).toBeGreaterThan(MIB);
    expect(stats.goArenaRss).toBeUndefined();
    expect(parseMaps(readFileSync('/proc/self/maps', 'utf8')).length).toBeGreaterThan(20);
  });

  it('maps alone says how many mappings there are, not what is resident', () => {
    const stats = readProcess({ pid: 1, stat: '', maps: 'c000000000-c004000000 rw-p 00000000 00:00 0\nnonsense\n' });
    expect(stats).toEqual({ pid: 1, mappings: 1 });
  });

  it('names with spaces, no names, unknown lines', () => {
    const [first, second] = parseSmaps(
      '5590-55a0 r-xp 00000000 fe:00 12                         /srv/my app (deleted)\nRss:  8 kB\nVmFlags: rd\n' +
        '55a0-55b0 rw-p 00000000 00:00 0 \nRss: many kB\nAnonymous: 4 kB\n',
    );
    expect(first).toMatchObject({ name: '/srv/my app (deleted)', rss: 8192, start: 0x5590, end: 0x55a0 });
    expect(second).toMatchObject({ name: '[anon]', rss: 0, anonymous: 4096 });
  });

  it('nothing at all is an error that says what to do', () => {
    expect(() => readProcess({ pid: 42 })).toThrow(EvidenceError);
    expect(() => readProcess({ pid: 42 })).toThrow(/process 42.*as its user or as root/);
  });
});

describe('cgroups', () => {
  const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
  const V1 = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n';

  it('v2: usage and OOM kills of the group, the smallest limit up to the root', () => {
    const membership = '0::/system.slice/orders.service\n';
    expect(cgroupFiles(membership, V2)[0]).toBe('/sys/fs/cgroup/system.slice/orders.service/memory.current');
    const at = '/sys/fs/cgroup/system.slice';
    const files = {
      [`${at}/orders.service/memory.current`]: '1048576\n',
      [`${at}/orders.service/memory.max`]: 'max\n',
      [`${at}/memory.max`]: '536870912\n',
      [`${at}/orders.service/memory.events`]: 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
    };
    expect(readCgroup({ membership, mountinfo: V2, files })).toEqual({
      ...{ version: 2, path: '/system.slice/orders.service', usage: MIB, limit: 512 * MIB, oomKills: 2 },
    });
  });

  it('v1 wins on a hybrid system; its "no limit" is none', () => {
    const membership = '9:name=systemd:/x\n4:memory,hugetlb:/docker/abc\n1:cpu:/\n0::/x\n';
    const own = '/sys/fs/cgroup/memory/docker/abc';
    const files = {
      [`${own}/memory.usage_in_bytes`]: '2097152\n',
      [`${own}/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`${own}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
    };
    expect(cgroupFiles(membership, V1 + V2)).toContain(`${own}/memory.oom_control`);
    expect(readCgroup({ membership, mountinfo: V1 + V2, files })).toEqual({
      ...{ version: 1, path: '/docker/abc', usage: 2 * MIB, oomKills: 1 },
    });
  });

  it('inside of a container the mount shows only its own part of the tree', () => {
    const bind = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n';
    expect(locateCgroup('4:memory:/docker/abc/sub\n', bind)?.directories).toEqual([
      '/sys/fs/cgroup/memory/sub',
      '/sys/fs/cgroup/memory',
    ]);
    expect(locateCgroup('4:memory:/docker/abc\n', bind)?.directories).toEqual(['/sys/fs/cgroup/memory']);
    expect(locateCgroup('0::/../other\n', V2)?.directories).toEqual(['/sys/fs/cgroup']);
    expect(locateCgroup('0::/a\n', V2.replace('/sys/fs/cgroup ', '/mnt/my\\040cgroup '))?.directories[0]).toBe(
      '/mnt/my cgroup/a',
    );
  });

  it('no membership that we know is null', () => {
    expect(readCgroup({ membership: '', files: {} })).toBeNull();
    expect(cgroupFiles('nonsense\n1:cpu:/\n')).toEqual([]);
  });
});
