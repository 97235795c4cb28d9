/** Finds `.hemostat.yaml`, in which a project says what it wants: `review:` and `gate:`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const PROJECT_FILE = '.hemostat.yaml';

/** What may stand in the file, each read by the command that it is for. */
export const PROJECT_SECTIONS = ['review', 'gate'] as const;

/** The nearest file from `dir` upward, as far as the repository or, without one, the module reaches; null: none. */
export function findProjectFile(dir: string): string | null {
  const candidates: string[] = [];
  let module = -1;
  let repository = -1;
  for (let at = dir; ; at = dirname(at)) {
    candidates.push(join(at, PROJECT_FILE));
    if (module < 0 && existsSync(join(at, 'go.mod'))) module = candidates.length;
    if (repository < 0 && existsSync(join(at, '.git'))) repository = candidates.length;
    if (repository >= 0 || dirname(at) === at) break;
  }
  // Without either, a file of another project higher up must not speak here.
  const reach = repository >= 0 ? repository : module >= 0 ? module : 1;
  return candidates.slice(0, reach).find((path) => existsSync(path)) ?? null;
}
