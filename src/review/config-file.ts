/** Reads `.hemostat.yaml`. */
import { readFileSync } from 'node:fs';
import { matchesGlob, relative, sep } from 'node:path';
import { isProblem, NO_CONFIG, parseConfig, type ReviewConfig } from './config.ts';
import { ReviewUsageError } from './report-error.ts';

export interface LoadedConfig {
  /** null where there is no file. */
  readonly path: string | null;
  readonly config: ReviewConfig;
}

/** @throws ReviewUsageError where the file cannot be read or is wrong, with the place in it. */
export function loadConfig(path: string | null, ids: readonly string[], shown = path): LoadedConfig {
  if (path === null) return { path, config: NO_CONFIG };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ReviewUsageError(`${shown} cannot be read (${code})`);
  }
  const config = parseConfig(text, ids);
  if (!isProblem(config)) return { path, config };
  throw new ReviewUsageError(`${shown}:${config.line}:${config.column}: ${config.message}`);
}

/** Whether one of the globs, relative to the directory of the file, takes a path out. A directory takes all below it. */
export function excluder(globs: readonly string[], dir: string): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  const patterns = globs.map((glob) => glob.replace(/^\.\//, '').replace(/\/+$/, ''));
  return (path) => {
    const name = relative(dir, path).split(sep).join('/');
    return patterns.some((glob) => matchesGlob(name, glob) || matchesGlob(name, `${glob}/**`));
  };
}
