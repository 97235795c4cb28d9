/** From the words of a command line to a target. Nothing is asked over the network here. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { looksLikeAddress, parseAddress } from './address.ts';
import { TargetError, UsageError } from './error.ts';
import { prepareLab } from './lab.ts';
import { processExists } from './procfs.ts';
import type { Target } from './target.ts';

export interface ResolveOptions {
  /** Where a child starts; the current directory when absent. */
  readonly cwd?: string;
}

/**
 * `words` are the operands of the command; a command to start comes after a word `--`, which is kept in `words`. Builds
 * the service where the target is `lab:NAME`. Throws UsageError where the words mean nothing, TargetError where what they
 * name is not there.
 */
export async function resolveTarget(words: readonly string[], options: ResolveOptions = {}): Promise<Target> {
  const dashes = words.indexOf('--');
  if (dashes >= 0) {
    const argv = words.slice(dashes + 1);
    if (dashes > 0) throw new UsageError(`give either a target (${words[0]}) or a command after --, not both`);
    if (argv.length === 0) throw new UsageError('there is no command after --');
    return { kind: 'child', argv, cwd: options.cwd ?? process.cwd() };
  }
  const [word, ...more] = words;
  if (word === undefined || word === '') {
    throw new UsageError('no target given; give a URL, a PID, a bundle, files, or -- and a command to start');
  }
  if (more.length > 0) return files(words);
  if (word.startsWith('lab:')) return await labTarget(word.slice(4));
  if (existsSync(word)) return onDisk(word);
  if (/^\d+$/.test(word)) return pidTarget(word);
  if (looksLikeAddress(word)) return { kind: 'url', address: parseAddress(word) };
  if (/[/.]/.test(word) && !/^[a-z]+:\/\//i.test(word)) {
    throw new TargetError(`${word} does not exist; check the path, or write a URL with http:// before it`);
  }
  throw new UsageError(
    `"${word}" is no target; give a URL (http://host:6060), a PID, a bundle directory, files, lab:NAME, or -- and a command`,
  );
}

async function labTarget(name: string): Promise<Target> {
  const { scenario, argv, cwd } = await prepareLab(name);
  // Of the scenario only how to measure its load: the expected answer must stay unknown to the diagnosis.
  const { loadMetric } = scenario;
  return { kind: 'child', argv, cwd, lab: name, ...(loadMetric === undefined ? {} : { loadMetric }) };
}

function pidTarget(word: string): Target {
  const pid = Number(word);
  if (pid < 1 || pid > 2 ** 31 - 1) throw new UsageError(`${word} cannot be a process number`);
  if (!processExists(pid))
    throw new TargetError(`there is no process ${pid} on this machine; check the number with ps`);
  return { kind: 'pid', pid };
}

function onDisk(path: string): Target {
  const stat = statSync(path);
  if (stat.isSocket()) return { kind: 'url', address: parseAddress(`unix:${resolve(path)}`) };
  if (!stat.isDirectory()) return { kind: 'files', files: [path] };
  if (existsSync(join(path, 'manifest.json'))) return { kind: 'bundle', dir: path };
  const inside = readdirSync(path).filter((name) => /\.(pb|pb\.gz|pprof|prof)$/.test(name));
  const hint = inside.length > 0 ? `; to use the profiles in it, give them as files: ${join(path, '*')}` : '';
  throw new TargetError(`${path} has no manifest.json, so it is not a bundle${hint}`);
}

function files(words: readonly string[]): Target {
  for (const word of words) {
    if (word.startsWith('lab:') || /^[a-z+]+:\/\//i.test(word)) {
      throw new UsageError(`only one target at a time: ${words.join(' ')}; several words must all be files`);
    }
    if (!existsSync(word)) {
      throw new TargetError(
        `${word} does not exist; several targets must all be files, and a command to start comes after --`,
      );
    }
    if (statSync(word).isDirectory()) throw new UsageError(`${word} is a directory; give one bundle, or files`);
  }
  return { kind: 'files', files: words };
}
