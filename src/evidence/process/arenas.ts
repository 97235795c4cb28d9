/**
 * Which anonymous mappings are Go's heap.
 *
 * Go ≥ 1.25 names its mappings (`[anon: Go: heap]`, runtime/set_vma_name_linux.go) where the kernel was built with
 * CONFIG_ANON_VMA_NAME; many are not. Without names an address tells: on 64-bit Linux the runtime reserves its heap in whole
 * arenas of 64 MiB (runtime/malloc.go heapArenaBytes), so that a run of touching private anonymous mappings, the
 * inaccessible rest of the reservation included, begins and ends at multiples of 64 MiB. It puts them far from where the
 * kernel puts mmaps and libraries: at 0xc000000000 (amd64) or 0x4000000000 (arm64) up to Go 1.25, and since Go 1.26
 * (randomizedHeapBase64) anywhere in the lower half of the address space; the kernel works downwards from below the stack.
 */
import type { Mapping } from './maps.ts';

export const GO_HEAP = '[anon: Go: heap]';
const GO_NAME = '[anon: Go: ';

/** heapArenaBytes on 64-bit Linux. */
const ARENA = 64 * 2 ** 20;

/** mmap_base lies within an eighth of the address space below the stack (amd64: 1 TiB of 128), even with 39-bit addresses. */
const KERNEL_SHARE = 1 / 4;

/** Top of user space where the process shows no stack: 47 bits, as on amd64. */
const DEFAULT_TOP = 2 ** 47;

export interface Arenas {
  readonly by: 'name' | 'address';
  /** Indices into the mappings. */
  readonly members: ReadonlySet<number>;
}

/** Null where there are none: not a Go program, or one whose arenas cannot be told from other memory. */
export function findArenas(mappings: readonly Mapping[]): Arenas | null {
  const named = new Set<number>();
  let hasNames = false;
  for (const [index, { name }] of mappings.entries()) {
    if (!name.startsWith(GO_NAME)) continue;
    hasNames = true;
    // `heap`, `heap reservation`, `user arena chunk`
    if (name.startsWith(`${GO_NAME}heap`) || name.startsWith(`${GO_NAME}user arena`)) named.add(index);
  }
  if (hasNames) return { by: 'name', members: named };

  const top = mappings.find(({ name }) => name === '[stack]')?.end ?? DEFAULT_TOP;
  const members = new Set<number>();
  for (let first = 0; first < mappings.length; ) {
    let next = first + 1;
    if (isAnonymous(mappings[first])) {
      while (isAnonymous(mappings[next]) && mappings[next]?.start === mappings[next - 1]?.end) next++;
      const start = mappings[first]?.start ?? 0;
      const end = mappings[next - 1]?.end ?? 0;
      if (start > 0 && start % ARENA === 0 && end % ARENA === 0 && end < top * (1 - KERNEL_SHARE)) {
        for (let index = first; index < next; index++) members.add(index);
      }
    }
    first = next;
  }
  return members.size === 0 ? null : { by: 'address', members };
}

function isAnonymous(mapping: Mapping | undefined): boolean {
  return mapping !== undefined && mapping.name === '[anon]' && mapping.inode === 0 && mapping.permissions.endsWith('p');
}
