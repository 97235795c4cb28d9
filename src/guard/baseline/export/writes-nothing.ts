/** Whether a profile shows that a container changes no files: what `gate.config.writes-nothing` asks of a baseline. Pure. */
import { formatCount } from '../../../findings/units.ts';
import type { BaselineProfile } from '../model.ts';

/** Calls that are made to change a file system, whatever their arguments. */
const CHANGES = new Set(
  `creat mkdir mkdirat mknod mknodat rmdir rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat
  truncate ftruncate fallocate fsync fdatasync sync syncfs sync_file_range msync chmod fchmod fchmodat fchmodat2 chown
  fchown lchown fchownat utime utimes utimensat futimesat setxattr lsetxattr fsetxattr setxattrat removexattr
  lremovexattr fremovexattr removexattrat copy_file_range file_setattr open_tree_attr`.split(/\s+/),
);

/** Calls that open a file for reading or for writing; which of them, counts do not tell. */
const OPENS = new Set(['open', 'openat', 'openat2', 'open_by_handle_at', 'memfd_create']);

/** What goes through these is counted as one call, whatever it does. */
const HIDES = new Set(['io_uring_enter', 'io_uring_setup', 'io_submit']);

export interface WritesNothing {
  /** `no`: it changes files. `unknown`: counts cannot tell. `yes`: no call that opens or changes a file, but at start-up. */
  readonly answer: 'yes' | 'no' | 'unknown';
  /** One sentence with the calls that decide it. */
  readonly says: string;
}

export function writesNothing(profile: BaselineProfile): WritesNothing {
  const { bands, known, learned } = profile;
  const seen = [...Object.keys(bands), ...Object.keys(known)].sort();
  const whole = learned.ready && learned.hoursOfDay >= 24;
  const changes = seen.filter((name) => CHANGES.has(name));
  if (changes.length > 0)
    return {
      answer: 'no',
      says: `It changes files: ${changes.join(', ')} ${changes.length === 1 ? 'was' : 'were'} seen.`,
    };
  // By the 32-bit entry, or newer than the table: whether such a call opens or changes a file, nobody here knows.
  const hides = seen.filter((name) => HIDES.has(name) || name.startsWith('syscall_'));
  if (hides.length > 0)
    return {
      answer: 'unknown',
      says: `It uses ${hides.join(' and ')}, in which writes are not counted one by one or not known.`,
    };
  const opens = Object.keys(bands)
    .filter((name) => OPENS.has(name))
    .sort();
  if (opens.length > 0)
    return {
      answer: 'unknown',
      says: `${opens.join(', ')} ${opens.length === 1 ? 'opens' : 'open'} files for reading as for writing, and counts do not tell which: look with strace -e trace=file, or run it with readOnlyRootFilesystem in a test.`,
    };
  if (!whole)
    return {
      answer: 'unknown',
      says: `No call that opens or changes a file was seen in ${formatCount(learned.minutes)} container-minutes, but only at ${learned.hoursOfDay} of the 24 hours of a day: learn longer.`,
    };
  return {
    answer: 'yes',
    says: `No call that opens or changes a file in ${formatCount(learned.minutes)} container-minutes at all hours of a day, but at start-up; a file that is opened there for writing would fail at once under readOnlyRootFilesystem.`,
  };
}
