/** What a new configuration means for a server that runs. */
import type { WatchConfig } from './config.ts';

export interface ConfigChange {
  /** Anything at all but what needs a restart. */
  readonly changed: boolean;
  /** What the server uses from now on: the new configuration, with the old one's values where only a restart changes them. */
  readonly config: WatchConfig;
  /** One sentence for each thing that stays as it was until the server is started again. */
  readonly needsRestart: readonly string[];
}

/** Pure. Targets keep their ids over a reload, so sources are simply started anew from `config`. */
export function diffConfig(old: WatchConfig, next: WatchConfig): ConfigChange {
  const needsRestart: string[] = [];
  const shown = ({ host, port }: WatchConfig['listen']) => `${host}:${port}`;
  if (shown(old.listen) !== shown(next.listen)) {
    needsRestart.push(
      `listen is ${shown(next.listen)} now; the server goes on listening at ${shown(old.listen)} until it is started again`,
    );
  }
  if (old.dataDir !== next.dataDir) {
    needsRestart.push(
      `data_dir is ${next.dataDir} now; history goes on being kept in ${old.dataDir} until the server is started again`,
    );
  }
  if (old.syscalls.collect !== next.syscalls.collect || old.syscalls.windowMs !== next.syscalls.windowMs)
    needsRestart.push('whether and how this server counts syscalls changes when it is started again');
  const syscalls = { ...next.syscalls, collect: old.syscalls.collect, windowMs: old.syscalls.windowMs };
  // A token that goes away while the old address, which others can reach, stays would open the page to all of them.
  const keepsToken = next.token === null && old.token !== null && shown(old.listen) !== shown(next.listen);
  const token = keepsToken ? old.token : next.token;
  const config = { ...next, token, syscalls, listen: old.listen, dataDir: old.dataDir, labs: old.labs };
  return { changed: JSON.stringify(config) !== JSON.stringify(old), config, needsRestart };
}
