/** A profile as Falco rules: every syscall of the container that the profile does not know, as an alert. Pure. */
import { HOUSEKEEPING } from '../kinds.ts';
import type { BaselineProfile } from '../model.ts';
import { titleOf } from '../profile/text.ts';
import { containerCondition, falcoList, falcoName, falcoText } from './falco-text.ts';
import { NEEDED_BY_PROGRAM } from './needed.ts';
import { type Exported, learnedNotes, seenCalls } from './seccomp.ts';

/** What Falco's events call otherwise than the kernel's table (driver/event_table.c of its libs). */
const FALCO_NAMES: Readonly<Record<string, string>> = { pread64: 'pread', pwrite64: 'pwrite', prlimit64: 'prlimit' };

export function exportFalco(profile: BaselineProfile): Exported {
  const { key, image } = profile;
  const name = falcoName(key.container === '' ? key.digest : key.container, key.digest);
  const calls = new Set([
    ...seenCalls(profile).filter((name) => !name.startsWith('syscall_')),
    ...NEEDED_BY_PROGRAM.names,
    ...HOUSEKEEPING,
  ]);
  for (const [kernel, falco] of Object.entries(FALCO_NAMES)) if (calls.has(kernel)) calls.add(falco);
  const notes = [
    ...learnedNotes(profile, false),
    'Falco sees single calls and cannot count: of rates that leave their bands, only hemostat guard baseline check tells.',
    'Falco looks at all syscalls only with base_syscalls.all: true (or -A), which costs; without, this rule sees those that Falco looks at anyway.',
    ...(key.digest.startsWith('exe:')
      ? ['No image digest is known: the rule goes by the name of the executable, which another program may have, too.']
      : []),
  ];
  const text = falcoText(
    [
      `Syscalls of ${titleOf(key, image)}, as its baseline knows them (hemostat guard baseline export --falco).`,
      ...notes,
    ],
    [
      { list: `${name}_syscalls`, items: [...calls].sort() },
      { macro: name, condition: containerCondition(profile.key) },
      {
        rule: `Syscall outside the baseline of ${key.container === '' ? key.digest : key.container} (${name})`,
        desc: `A process of ${titleOf(key, image)} makes a syscall that was never seen while its baseline was learned.`,
        // What the container runtime does in the container before its program, and the start of that, are no behaviour of it.
        condition: `syscall.type exists and ${name} and not evt.type in (${name}_syscalls) and not proc.name startswith "runc:" and not proc.name = crun and not (evt.type = execve and proc.vpid = 1)`,
        output: falcoList('Syscall outside the baseline', ['syscall=%syscall.type']),
        priority: 'WARNING',
        source: 'syscall',
        // It is meant to look at every type.
        warn_evttypes: false,
        tags: ['container', 'hemostat', 'syscall-never-seen'],
      },
    ],
  );
  return { text, notes };
}
