/** Whether the program counts right is shown against the kernel by test/e2e-run/collect.ts; here is what it is made of. */
import { describe, expect, it } from 'vitest';
import { bpftraceProgram, type ProgramOptions } from './program.ts';

const ALL: ProgramOptions = {
  windowMs: 60_000,
  has: () => true,
  pids: null,
  flows: true,
  endsBy: 99,
  pageSize: 4096,
  compat: true,
};
const probes = (options: ProgramOptions): string[] =>
  [...bpftraceProgram(options).matchAll(/^(tracepoint|interval):(\S+)/gm)].map(([, , name]) => name ?? '');

describe('the bpftrace program', () => {
  it('only has probes on what the kernel has', () => {
    const only = probes({ ...ALL, has: (category, name) => category === 'syscalls' && /openat$|_close$/.test(name) });
    expect(only).toEqual([
      'ms:100',
      'raw_syscalls:sys_enter',
      'syscalls:sys_exit_openat',
      'syscalls:sys_exit_close',
      's:60',
    ]);
    expect(probes({ ...ALL, flows: false })).toEqual([
      'ms:100',
      'raw_syscalls:sys_enter',
      'sched:sched_process_exit',
      'syscalls:sys_enter_kill',
      's:60',
    ]);
  });

  it('prints no map that it never fills: bpftrace would not start', () => {
    for (const flows of [true, false]) {
      for (const has of [() => true, () => false]) {
        const text = bpftraceProgram({ ...ALL, flows, has });
        const used = new Set([...text.matchAll(/@(\w+)/g)].map(([, name]) => name));
        for (const name of used) expect(text).toMatch(new RegExp(`@${name}(\\[[^\\]]*\\])? = `));
      }
    }
  });

  it('looks at the processes that were asked for and what they start', () => {
    const text = bpftraceProgram({ ...ALL, pids: [7, 9] });
    expect(text).toContain('raw_syscalls:sys_enter /(pid == 7 || pid == 9 || @tree[pid])/');
    expect(text).toContain(
      'sched_process_fork /(pid == 7 || pid == 9 || @tree[pid])/ {\n  @tree[args->child_pid] = 1;',
    );
  });

  it('rounds bytes to this machine’s pages, and takes windows of parts of a second', () => {
    const text = bpftraceProgram({ ...ALL, pageSize: 65_536, windowMs: 1500 });
    expect(text).toContain('@arg[tid] = ((args->len) + 65535) & ~(uint64)65535;');
    expect(text).toContain('interval:ms:1500 {');
  });

  it('counts calls by the 32-bit entry under numbers of their own, where the kernel tells them', () => {
    expect(bpftraceProgram(ALL)).toContain(
      '[cgroup, pid, args->id + (int64)((curtask->thread_info.status & 2) * 524288)]',
    );
    expect(bpftraceProgram({ ...ALL, compat: false })).not.toContain('curtask');
  });

  it('turns to the other maps before it prints the full ones', () => {
    const text = bpftraceProgram(ALL);
    expect(text).toMatch(/@turn = 1;\s+printf\("flush 0 %llu\\n", nsecs\);\s+print\(@c0\); clear\(@c0\);/);
    // bpftrace attaches the last probe first: the first tells that all are in place.
    expect(text.indexOf('@ready')).toBeLessThan(text.indexOf('raw_syscalls:sys_enter'));
  });
});
