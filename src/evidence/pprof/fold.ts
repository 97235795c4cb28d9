/** Folded stacks: one line per distinct stack, `root;caller;leaf 42`, which flame graph tools read. */
import { internStacks } from './intern-stacks.ts';
import { buildNodes, type NodeOptions } from './nodes.ts';
import type { Profile } from './profile.ts';

/** Sorted by stack; stacks whose weights sum to 0 are left out. `;` inside a name becomes `:`. */
export function fold(profile: Profile, sampleType: number, options: NodeOptions = {}): string[] {
  const nodes = buildNodes(profile, options);
  const names = nodes.label.map((label) => label.replaceAll(';', ':'));
  const { samples } = profile;
  const { stackOffsets, stackLocations } = samples;
  const column = samples.values[sampleType] ?? new Float64Array(samples.count);
  const { stackCount, stackOfSample, representative } = internStacks(samples);
  const weights = new Float64Array(stackCount);
  stackOfSample.forEach((stack, s) => {
    weights[stack] = (weights[stack] ?? 0) + (column[s] ?? 0);
  });
  // Different locations may be the same stack of functions.
  const folded = new Map<string, number>();
  for (let k = 0; k < stackCount; k++) {
    const s = representative[k] ?? 0;
    const start = stackOffsets[s] ?? 0;
    const frames: string[] = [];
    for (let i = (stackOffsets[s + 1] ?? 0) - 1; i >= start; i--) {
      const l = stackLocations[i] ?? 0;
      const first = nodes.offsets[l] ?? 0;
      for (let n = (nodes.offsets[l + 1] ?? 0) - 1; n >= first; n--) {
        frames.push(names[nodes.locationNodes[n] ?? 0] ?? '');
      }
    }
    if (frames.length === 0) continue;
    const key = frames.join(';');
    folded.set(key, (folded.get(key) ?? 0) + (weights[k] ?? 0));
  }
  const lines: string[] = [];
  for (const [stack, weight] of folded) if (weight !== 0) lines.push(`${stack} ${weight}`);
  return lines.sort();
}
