import { describe, expect, it } from 'vitest';
import { readRecording } from '../../evidence/syscalls/read.ts';
import { type MadeRecording, NEXT_DIGEST, recordingText, SHOP } from '../../testing/syscall-windows.ts';
import { learnProfiles } from './learn.ts';
import type { ProfileOnDisk } from './profile/directory.ts';
import { planProfiles } from './profile/plan.ts';
import { type CheckRunOptions, checkRecordings, STATES } from './run-part.ts';

const DAY = Date.UTC(2026, 10, 22, 8);

function recordingOf(made: MadeRecording) {
  return readRecording(Buffer.from(recordingText(made)));
}

function learned(made: MadeRecording, minWindows = 60): ProfileOnDisk[] {
  const profiles = learnProfiles([recordingOf(made)], { minWindows });
  return planProfiles(profiles, [], null).map(({ profile, text, name }) => ({ path: name, text, profile }));
}

const PROFILES = learned({ containers: [SHOP], windows: 1440, from: DAY });
const SIDECAR = {
  identity: { name: 'sidecar', digest: NEXT_DIGEST, image: 'proxy:1', id: 'b'.repeat(64), from: 'cri' },
  pid: 77,
  comm: 'proxy',
  calls: { read: 3 },
};

function check(made: Partial<MadeRecording>, profiles = PROFILES, options: CheckRunOptions = {}) {
  const recording = recordingOf({ containers: [SHOP], windows: 60, from: DAY + 86_400_000, seed: 2, ...made });
  return checkRecordings([{ file: 'today.jsonl', recording }], profiles, options);
}

describe('checking a recording', () => {
  it('says in how many windows nothing was out of the ordinary', () => {
    const result = check({});
    expect(result.findings).toEqual([]);
    expect(result.failures).toEqual([]);
    expect(result.summary).toBe('1 container held against a baseline in 60 windows; nothing is out of the ordinary.');
    expect(result.facts.containers).toMatchObject([
      { state: 'checked', windows: 60, excluded: 0, profile: PROFILES[0]?.path },
    ]);
  });

  it('finds a burst and a syscall that was never seen, each once, and gives their deviations', () => {
    const extra = { 30: { openat: 400, ptrace: 2 }, 31: { openat: 300 } };
    const { findings, facts } = check({ containers: [{ ...SHOP, extra }] });
    expect(findings.map(({ rule, subject }) => [rule, subject.service])).toEqual([
      ['syscall-never-seen', 'api'],
      ['syscall-rate-anomaly', 'api'],
    ]);
    expect(facts.deviations.map(({ syscall, fingerprint }) => [syscall, fingerprint]).sort()).toEqual(
      [
        ['openat', findings[1]?.fingerprint],
        ['ptrace', findings[0]?.fingerprint],
      ].sort(),
    );
  });

  it('holds a release that nothing was learned of against the one before', () => {
    const identity = { ...SHOP.identity, digest: NEXT_DIGEST, image: 'registry:5000/shop:1.5' };
    const { facts, findings } = check({ containers: [{ ...SHOP, identity, calls: { ...SHOP.calls, fsync: 3 } }] });
    expect(facts.containers).toMatchObject([{ state: 'checked by the release before', profile: PROFILES[0]?.path }]);
    expect(findings.map(({ rule, verdict }) => [rule, verdict])).toEqual([['syscall-never-seen', 'suspected']]);
  });

  it('counts every container once, and says of which there is no profile', () => {
    const made = { containers: [SHOP, SIDECAR] };
    const { tally, notes, failures } = check(made);
    expect(tally.map(({ count }) => count)).toEqual(
      STATES.map((state) => ['checked', 'without a profile'].filter((one) => one === state).length),
    );
    expect(notes.join()).toContain('No profile is of sidecar of proxy:1 (sha256:77b0aa5512ce)');
    expect(failures).toEqual([]);
    expect(check(made, PROFILES, { strict: true }).failures).toEqual([expect.stringContaining('--strict')]);
  });

  it.each([
    ['no profile is of what runs', { containers: [SIDECAR] }, PROFILES, /no profile is of sidecar/],
    ['the profile is still learning', {}, learned({ containers: [SHOP], windows: 20, from: DAY }), /still learning/],
    ['every window lies in the warm-up', { windows: 3 }, PROFILES, /every window of api .* lies in a warm-up/],
    ['there is nobody', { containers: [] }, PROFILES, /hold no container and no process/],
    [
      'calls were not collected',
      { sources: [{ aspect: 'calls', collected: false, source: '', says: 'tracefs is not mounted' } as const] },
      PROFILES,
      /^today\.jsonl holds no counts of calls: tracefs is not mounted\.$/,
    ],
  ])('does not pass when %s', (_, made, profiles, says) => {
    const { failures, findings } = check(made, profiles, { warmUpMs: 64 * 60_000 });
    expect(findings).toEqual([]);
    expect(failures).toEqual([expect.stringMatching(says)]);
  });
});
