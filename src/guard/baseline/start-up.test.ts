/** What hides behind a start, and behind processes that live for a moment. */
import { expect, it } from 'vitest';
import { checkWindows } from './check.ts';
import { learnProfiles } from './learn.ts';
import { EIGHT, HOST, type MadeProcess, made, WEB } from './made.testing.ts';

const LATER = EIGHT + 7_200_000;
const calls: MadeProcess['calls'] = () => ({ openat: 50, read: 900 });
const [PROFILE] = learnProfiles([made({ windows: 90, processes: [{ pid: 7, comm: 'shop', calls }] })]);
if (PROFILE === undefined) throw new Error('no profile');
const profile = PROFILE;

/** A container that is started again before it was ever warm. */
function restarting(extra: Readonly<Record<string, number>>): string[] {
  const processes = [0, 1, 2, 3, 4].map(
    (round): MadeProcess => ({
      pid: 100 + round,
      comm: 'shop',
      startedAt: LATER + round * 240_000,
      container: { ...WEB, id: `${round}`.repeat(64) },
      calls: (w) => (Math.floor(w / 4) === round ? { openat: 400, read: 900, ...extra } : null),
    }),
  );
  const deviations = checkWindows(profile, made({ windows: 20, from: LATER, processes }));
  return deviations.map(({ kind, syscall }) => `${kind} ${syscall}`);
}

it('tells grave calls that no start explains, of who restarts before it was ever warm', () => {
  expect(restarting({})).toEqual([]);
  // What a runtime does for a container, and what is new and no matter.
  expect(restarting({ mount: 4, pivot_root: 1, setuid: 1, execve: 1, sendmmsg: 3 })).toEqual([]);
  expect(new Set(restarting({ bpf: 1, ptrace: 2, io_uring_setup: 1, syscall_32bit_11: 1 }))).toEqual(
    new Set(['bpf', 'ptrace', 'io_uring_setup', 'syscall_32bit_11'].map((name) => `never-seen ${name}`)),
  );
});

it('takes no start for a burst where events were lost in it', () => {
  const young = { pid: 7, comm: 'shop', startedAt: LATER, calls: () => ({ openat: 4000, mount: 3 }) };
  const recording = made({ windows: 4, from: LATER, processes: [young], lost: [0, 1], incomplete: [2] });
  expect(checkWindows(profile, recording)).toEqual([]);
});

it('does not mix processes that came and went, and names no container after one', () => {
  const flash = (comm: string, container = HOST): MadeProcess => ({
    ...{ pid: 0, comm, container, startedAt: Number.NaN },
    calls: () => ({ read: 5 }),
  });
  const nameless = { ...WEB, digest: '', id: 'f'.repeat(64) };
  const processes = [
    flash('sh'),
    flash('miner'),
    flash('sh', nameless),
    { pid: 9, comm: 'cart', container: nameless, calls },
  ];
  const keys = learnProfiles([made({ windows: 70, processes })]).map(({ key }) => key.digest);
  expect(keys.sort()).toEqual(['exe:cart', 'exe:miner', 'exe:sh']);
});
