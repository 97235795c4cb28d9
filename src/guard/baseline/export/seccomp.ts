/**
 * A profile as a seccomp filter in the form of the OCI runtime specification, which Docker (`--security-opt seccomp=FILE`),
 * containerd, CRI-O and Kubernetes (`localhostProfile`) take. Pure.
 */
import { formatCount } from '../../../findings/units.ts';
import { GuardUsageError } from '../../error.ts';
import { HOUSEKEEPING } from '../kinds.ts';
import type { BaselineProfile } from '../model.ts';
import { NEEDED } from './needed.ts';

export const ARCHITECTURES = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface SeccompOptions {
  /** Refuses what is not in the list (EPERM); without, it is allowed and logged by the kernel. */
  readonly enforce: boolean;
  readonly architectures?: readonly Architecture[];
}

export interface Exported {
  readonly text: string;
  /** One sentence each: what the reader has to know before loading it. */
  readonly notes: readonly string[];
}

/** With fewer hours of a day, some of what a service does at other hours is not in it. */
const WHOLE_DAY = 24;
const FEW_MINUTES = 1440;
const EPERM = 1;
const ENOSYS = 38;
/** CLONE_NEW* of clone(2): cgroup, user, pid, net, ipc, uts and mount namespaces. */
const NEW_NAMESPACES = 0x7e020000;
/** Calls that make or enter namespaces, after which a restriction of clone would be an odd one. */
const NAMESPACE_CALLS = ['unshare', 'setns'];

/** @throws GuardUsageError where a profile that is not ready is to be enforced */
export function exportSeccomp(profile: BaselineProfile, options: SeccompOptions): Exported {
  if (options.enforce && !profile.learned.ready)
    throw new GuardUsageError(
      '--enforce: this profile is still learning, and what it has not seen yet would be refused; learn it to its end, or export it without --enforce',
    );
  const seen = seenCalls(profile);
  const numbers = seen.filter((name) => name.startsWith('syscall_'));
  const names = new Set(seen.filter((name) => !name.startsWith('syscall_')));
  const needed = [...new Set([...NEEDED.flatMap((group) => group.names), ...HOUSEKEEPING])].filter(
    (name) => !names.has(name),
  );
  const restrict = options.enforce && !NAMESPACE_CALLS.some((name) => names.has(name));
  const allowed = (list: Iterable<string>): string[] =>
    [...list].filter((name) => !restrict || (name !== 'clone' && name !== 'clone3')).sort();
  const value = {
    defaultAction: options.enforce ? 'SCMP_ACT_ERRNO' : 'SCMP_ACT_LOG',
    ...(options.enforce ? { defaultErrnoRet: EPERM } : {}),
    architectures: [...(options.architectures ?? ARCHITECTURES)],
    syscalls: [
      ...(names.size === 0 ? [] : [{ names: allowed(names), action: 'SCMP_ACT_ALLOW' }]),
      { names: allowed(needed), action: 'SCMP_ACT_ALLOW' },
      ...(restrict ? restricted() : []),
    ],
  };
  return {
    text: `${JSON.stringify(value, null, 2)}\n`,
    notes: notesOf(profile, options, numbers, needed.length, restrict),
  };
}

/** Threads, and no namespaces. clone3 has its flags in memory, where no filter sees them: libc then falls back to clone. */
function restricted(): object[] {
  return [
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ];
}

/** Everything that the profile knows of: counted, known without a band, allowed by a person. Sorted. */
export function seenCalls(profile: BaselineProfile): string[] {
  const known = Object.keys(profile.known);
  return [...new Set([...Object.keys(profile.bands), ...known, ...profile.allowed])].sort();
}

function notesOf(
  profile: BaselineProfile,
  { enforce }: SeccompOptions,
  numbers: readonly string[],
  needed: number,
  restrict: boolean,
): string[] {
  const notes = [
    `${formatCount(seenCalls(profile).length - numbers.length)} syscalls of the profile, and ${formatCount(needed)} more that runtimes, libc and Go need to start (docs/baseline.md); ${enforce ? 'any other is refused (EPERM)' : 'any other is allowed and logged: look at the log before you export with --enforce'}.`,
    ...learnedNotes(profile, enforce),
  ];
  if (numbers.length > 0)
    notes.push(`${numbers.join(', ')}: no name is known for these, so they are not in the filter.`);
  if (restrict)
    notes.push(
      'clone may not make namespaces, and clone3 answers ENOSYS, upon which libc uses clone: counts know no arguments.',
    );
  return notes;
}

/** What a set that was learned cannot know. */
export function learnedNotes({ learned, bands }: BaselineProfile, refuses: boolean): string[] {
  const notes: string[] = [];
  const then = refuses ? 'would be refused' : 'would be reported';
  if (learned.minutes < FEW_MINUTES || learned.hoursOfDay < WHOLE_DAY)
    notes.push(
      `The profile knows ${formatCount(learned.minutes)} container-minutes at ${learned.hoursOfDay} of the 24 hours of a day: what else the service does at other times ${then}.`,
    );
  if (Object.hasOwn(bands, 'io_uring_enter'))
    notes.push(
      'The service uses io_uring: what goes through it is no syscall, is not in the profile and passes the filter.',
    );
  return notes;
}
