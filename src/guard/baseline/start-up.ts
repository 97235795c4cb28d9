/** What is looked at even while a container warms up: a start explains many calls, and not these. */
import { severityOfFirst } from './kinds.ts';

/**
 * Grave calls that a container runtime makes in the container's cgroup before its program runs (runc, crun, and what file systems
 * and users they set up), and programs that give up rights when they start.
 */
const OF_RUNTIMES = new Set(
  `mount umount2 move_mount open_tree fsopen fsconfig fsmount pivot_root chroot unshare setns keyctl memfd_create execve execveat
  setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid capset personality name_to_handle_at`.split(
    /\s+/,
  ),
);

/** Whether a first call in a warm-up is told: else whoever restarts every few minutes would never be looked at. */
export function isToldAtStart(syscall: string): boolean {
  return severityOfFirst(syscall) !== 'medium' && !OF_RUNTIMES.has(syscall);
}
