/** Whether the program counts right is shown against the kernel by test/e2e-run/collect.ts; here is what it is made of. */
import { describe, expect, it } from 'vitest';
import { bpftraceSources } from './kernel.ts';
import { bpftraceProgram, type ProgramOptions } from './program.ts';

const ALL: ProgramOptions = {
  windowMs: 60_000,
  offer: { has: () => true, kprobe: () => true },
  pids: null,
  flows: true,
  endsBy: 99,
  pageSize: 4096,
  compat: true,
};
const NOTHING: ProgramOptions['offer'] = { has: () => false, kprobe: () => false };
/** Linux before 6.3. */
const KPROBES: ProgramOptions['offer'] = {
  has: (_, name) => !/^sock_(send|recv)_length$/.test(name),
  kprobe: (name) => !name.startsWith('udpv6'),
};
const probes = (options: ProgramOptions): string[] =>
  [...bpftraceProgram(options).matchAll(/^(tracepoint|interval|kretprobe):(\S+)/gm)].map(([, , name]) => name ?? '');

describe('the bpftrace program', () => {
  it('only has probes on what the kernel has', () => {
    const has = (category: string, name: string): boolean => category === 'syscalls' && /openat$|_close$/.test(name);
    const only = probes({ ...ALL, offer: { has, kprobe: () => false } });
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
    ]);
  });

  it('prints no map that it never fills: bpftrace would not start', () => {
    for (const flows of [true, false]) {
      for (const offer of [ALL.offer, NOTHING, KPROBES]) {
        const text = bpftraceProgram({ ...ALL, flows, offer });
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
    const text = bpftraceProgram({ ...ALL, pageSize: 65_536 });
    expect(text).toContain('@arg[tid] = ((args->len) + 65535) & ~(uint64)65535;');
    const timed = bpftraceProgram({ ...ALL, offer: NOTHING, windowMs: 1500 });
    expect(timed).toContain('interval:ms:1500 {');
  });

  it('counts bytes of sockets by tracepoints, where there are none by kprobes, and else not at all', () => {
    const sockets = (offer: ProgramOptions['offer']): string[] =>
      probes({ ...ALL, offer }).filter((name) => /sock_\w+_length|msg$/.test(name) && !name.startsWith('syscalls:'));
    expect(sockets(ALL.offer)).toEqual(['sock:sock_send_length', 'sock:sock_recv_length']);
    expect(sockets(KPROBES)).toEqual(['tcp_sendmsg', 'udp_sendmsg', 'tcp_recvmsg', 'udp_recvmsg']);
    expect(sockets(NOTHING)).toEqual([]);
    expect(bpftraceProgram({ ...ALL, offer: KPROBES })).toContain(
      'kretprobe:tcp_sendmsg {\n  $r = (int32)retval;\n  if ($r > 0) { if (@turn) { @f1[cgroup, pid, 8] = sum($r); }',
    );
  });

  it('says of each source what it is, and of none why', () => {
    const sockets = (offer: ProgramOptions['offer']): unknown =>
      bpftraceSources(offer, true).find(({ aspect }) => aspect === 'sockets');
    expect(sockets(ALL.offer)).toMatchObject({ collected: true, source: expect.stringContaining('sock_send_length') });
    expect(sockets(KPROBES)).toMatchObject({ collected: true, source: expect.stringContaining('kprobes tcp_sendmsg') });
    expect(sockets(NOTHING)).toMatchObject({
      collected: false,
      says: expect.stringMatching(/neither the tracepoints .* nor kprobes/),
    });
    expect(bpftraceSources(ALL.offer, false).filter(({ collected }) => collected)).toHaveLength(1);
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
