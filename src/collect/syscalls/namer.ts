/** What the collector asks of whoever knows containers: identity*.ts implements it. */
import type { ContainerIdentity } from '../../evidence/syscalls/recording.ts';

export interface ContainerNamer {
  /**
   * Who runs in a cgroup. Never throws: what is not known is empty. Asked once per cgroup and again only where the answer
   * had no name (or is a container's without a digest) and the cgroup is still there.
   * @param cgroupId what bpf_get_current_cgroup_id gives: the inode of the cgroup v2 directory; null where the source has none
   * @param pid a process that ran in it, and may have ended; null where none is known
   */
  identify(cgroupId: bigint | null, pid: number | null): Promise<ContainerIdentity>;

  /**
   * Whether the id says nothing of who runs in a cgroup: it is the root of the hierarchy, where all processes are on machines
   * that have their containers in cgroup v1. Then each process has to be asked for.
   */
  isRoot(cgroupId: bigint): boolean;
}
