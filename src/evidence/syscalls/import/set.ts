/**
 * What other tools saw a container call: sets of names, without counts. They are knowledge of what belongs there
 * (`BaselineProfile.known`), never rates: a syscall of a set has no band, and one that a set lacks is not a count of zero.
 */
import type { ContainerIdentity } from '../recording.ts';

export interface ImportedSet {
  /** `from` is `import`; an identity that the file does not tell is empty strings. */
  readonly container: ContainerIdentity;
  /** What the container belongs to, `Deployment/shop`; empty where the file does not tell. */
  readonly workload: string;
  /** What saw them, as people know it: `kubescape`, `inspektor-gadget advise_seccomp`, … `BaselineProfile.known` names it. */
  readonly tool: string;
  /** Sorted, each once, as the kernel's table has them. */
  readonly syscalls: readonly string[];
  /** Whether the tool watched from the container's start; null where it does not tell. A part is still knowledge. */
  readonly fromStart: boolean | null;
  /** ms since the epoch, of what was seen; NaN where the file does not tell. */
  readonly from: number;
  readonly to: number;
  /** One sentence each: what is partial, what was left out. */
  readonly notes: readonly string[];
}
