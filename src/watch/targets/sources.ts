/** All sources of a configuration, and their targets as one set. */
import type { Discovery, WatchConfig, WatchTarget } from '../config/config.ts';
import { fileSource } from './file-sd.ts';
import { httpSource } from './http-sd.ts';
import { kubernetesSource } from './kubernetes.ts';
import type { TargetSource } from './source.ts';
import { staticSource } from './static.ts';
import { withoutDuplicates } from './target.ts';

export function sourcesOf(config: WatchConfig): TargetSource[] {
  return config.discovery.map(sourceOf);
}

function sourceOf(discovery: Discovery): TargetSource {
  switch (discovery.kind) {
    case 'static':
      return staticSource(discovery.targets);
    case 'file_sd':
      return fileSource(discovery);
    case 'http_sd':
      return httpSource(discovery);
    case 'kubernetes':
      return kubernetesSource(discovery);
  }
}

/**
 * Runs sources side by side. `set` gets the targets of all of them, each address once, whenever that has changed; earlier
 * sources go first. `problem` gets the name of the source that cannot be asked, and null when it can again. Resolves when
 * all have ended.
 */
export async function runSources(
  sources: readonly TargetSource[],
  set: (targets: readonly WatchTarget[]) => void,
  problem: (source: string, says: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const sets: (readonly WatchTarget[])[] = sources.map(() => []);
  await Promise.all(
    sources.map((source, i) =>
      source.run(
        (targets) => {
          sets[i] = targets;
          set(withoutDuplicates(sets.flat()));
        },
        (says) => problem(source.name, says),
        signal,
      ),
    ),
  );
}
