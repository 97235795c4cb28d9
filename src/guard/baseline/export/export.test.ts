import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readRecording } from '../../../evidence/syscalls/read.ts';
import { NEXT_DIGEST, recordingText, SHOP, SHOP_DIGEST } from '../../../testing/syscall-windows.ts';
import { checkDetectionRule } from '../../ioc/check/check-rule.ts';
import { learnProfiles } from '../learn.ts';
import type { BaselineProfile } from '../model.ts';
import { exportFalco } from './falco.ts';
import { NEEDED_BY_PROGRAM, NEEDED_BY_RUNTIME } from './needed.ts';
import { exportSeccomp } from './seccomp.ts';
import { writesNothing } from './writes-nothing.ts';

function profileOf(windows: number, calls: Readonly<Record<string, number>> = SHOP.calls): BaselineProfile {
  const recording = readRecording(Buffer.from(recordingText({ containers: [{ ...SHOP, calls }], windows })));
  const [profile] = learnProfiles([recording]);
  if (profile === undefined) throw new Error('nothing was learned');
  return profile;
}

const WHOLE = profileOf(1440);

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly object[];
}

/** What the filter answers for a syscall, whatever its arguments. */
function actionsOf(text: string, syscall: string): string[] {
  const filter: { defaultAction: string; syscalls: readonly Rule[] } = JSON.parse(text);
  const rules = filter.syscalls.filter(({ names }) => names.includes(syscall));
  return rules.length === 0 ? [filter.defaultAction] : rules.map(({ action }) => action);
}

describe('a seccomp filter', () => {
  it('allows what the profile knows and what has to start, and logs the rest until it is to be enforced', () => {
    const { text, notes } = exportSeccomp(WHOLE, { enforce: false });
    for (const name of [...Object.keys(WHOLE.bands), ...NEEDED_BY_RUNTIME.names, ...NEEDED_BY_PROGRAM.names])
      expect(actionsOf(text, name), name).toEqual(['SCMP_ACT_ALLOW']);
    expect(actionsOf(text, 'ptrace')).toEqual(['SCMP_ACT_LOG']);
    expect(notes.join()).toContain('look at the log before you export with --enforce');
    expect(JSON.parse(text).architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64']);
  });

  it('is not enforced while the profile is still learning', () => {
    const young = { ...WHOLE, learned: { ...WHOLE.learned, ready: false } };
    expect(() => exportSeccomp(young, { enforce: true })).toThrow(/^--enforce: this profile is still learning/);
    expect(exportSeccomp(young, { enforce: false }).text).toContain('SCMP_ACT_LOG');
  });

  it('refuses when enforced, and gives threads no namespaces', () => {
    const { text } = exportSeccomp({ ...WHOLE, allowed: ['ptrace'], known: { fsync: 'start-up' } }, { enforce: true });
    expect(actionsOf(text, 'ptrace')).toEqual(['SCMP_ACT_ALLOW']);
    expect(actionsOf(text, 'fsync')).toEqual(['SCMP_ACT_ALLOW']);
    expect(actionsOf(text, 'mount')).toEqual(['SCMP_ACT_ERRNO']);
    expect(actionsOf(text, 'clone3')).toEqual(['SCMP_ACT_ERRNO']);
    const rules: readonly Rule[] = JSON.parse(text).syscalls;
    expect(rules.filter(({ names }) => names.includes('clone')).map(({ args }) => args?.length)).toEqual([1]);
    // Who makes namespaces anyway is not held to it.
    const maker = exportSeccomp({ ...WHOLE, allowed: ['unshare', 'clone3'] }, { enforce: true });
    expect(actionsOf(maker.text, 'clone3')).toEqual(['SCMP_ACT_ALLOW']);
  });

  it('lists no syscall twice, sorted, the same for the same profile', () => {
    const { text } = exportSeccomp(WHOLE, { enforce: true });
    const rules: readonly Rule[] = JSON.parse(text).syscalls;
    const names = rules.flatMap((rule) => rule.names);
    expect(new Set(names).size).toBe(names.length);
    for (const rule of rules) expect(rule.names).toEqual(rule.names.toSorted());
    expect(
      exportSeccomp({ ...WHOLE, bands: Object.fromEntries(Object.entries(WHOLE.bands).reverse()) }, { enforce: true })
        .text,
    ).toBe(text);
  });

  it('says what little was learned, and what has no name', () => {
    const short = profileOf(120, { ...SHOP.calls, syscall_9999: 4, io_uring_enter: 3 });
    const { text, notes } = exportSeccomp(short, { enforce: true });
    expect(notes.join('\n')).toMatch(/knows 120 container-minutes at 2 of the 24 hours of a day: .* would be refused/);
    expect(notes.join('\n')).toMatch(/syscall_9999: no name is known/);
    expect(notes.join('\n')).toMatch(/io_uring/);
    expect(text).not.toContain('syscall_9999');
  });
});

describe('Falco rules', () => {
  it('goes by the executable where no image is known, whatever it was started as', () => {
    const { text } = exportFalco({ ...WHOLE, key: { digest: 'exe:python3.11', container: '' } });
    expect(text).toContain('(proc.exepath endswith "/python3.11" or proc.name = "python3.11")');
  });

  it('would load, name the image by digest, and say that rates are not in them', () => {
    const { text, notes } = exportFalco({
      ...WHOLE,
      bands: { ...WHOLE.bands, pread64: { normal: [1, 2], anomalous: 9, source: 'tracepoint', by: 'quantile' } },
    });
    expect(checkDetectionRule(text)).toEqual({
      ok: true,
      says: "1 Falco rule, read after Falco's grammar (Falco itself was not run)",
    });
    expect(exportFalco({ ...WHOLE, allowed: ['syscall_9999'] }).text).not.toContain('syscall_9999');
    const [list, macro] = parse(text);
    expect(list.items).toEqual(expect.arrayContaining(['openat', 'pread64', 'pread']));
    // To start another program, or to become another user, is what the rule is for.
    expect(list.items).not.toContain('execve');
    expect(list.items).not.toContain('setuid');
    expect(macro.condition).toContain(`container.image.digest = "${SHOP_DIGEST}"`);
    expect(notes.join()).toContain('cannot count');
    expect(text).toMatch(/^# Syscalls of api of registry:5000\/shop:1\.4/);
  });

  it.each(['"; drop', 'a\nb\\', 'ünï', '', '- rule: x', "it's"])('holds whatever a name is: %j', (name) => {
    for (const digest of [NEXT_DIGEST, `exe:${name}`])
      expect(
        checkDetectionRule(exportFalco({ ...WHOLE, image: name, key: { digest, container: name } }).text),
      ).toMatchObject({ ok: true });
  });
});

describe('a container that writes nothing', () => {
  const { openat: _, ...rest } = SHOP.calls;

  it.each([
    ['yes', profileOf(1440, rest), /^No call that opens or changes a file in 1,440 container-minutes at all hours/],
    ['unknown', profileOf(120, rest), /only at 2 of the 24 hours/],
    ['unknown', WHOLE, /^openat opens files for reading as for writing/],
    ['unknown', profileOf(1440, { ...rest, io_uring_enter: 3 }), /io_uring_enter/],
    ['unknown', profileOf(1440, { ...rest, syscall_32bit_5: 3 }), /syscall_32bit_5/],
    ['no', profileOf(1440, { ...rest, unlinkat: 2, ftruncate: 1 }), /^It changes files: ftruncate, unlinkat were seen/],
    ['no', { ...profileOf(1440, rest), known: { mkdirat: 'start-up' } }, /mkdirat was seen/],
  ])('is said to be so only where counts can show it: %s', (answer, profile, says) => {
    expect(writesNothing(profile)).toEqual({ answer, says: expect.stringMatching(says) });
  });
});
