/** Names the build of a process: by its version control, its module version, or the build id in its profiles. */
import { buildInfoOf, identityOfProcess, identityOfProfile } from '../../collect/identity.ts';
import { readable } from '../../collect/take.ts';
import { parseLabels, type Samples } from '../../evidence/memstats/exposition.ts';
import { readProfile } from '../../evidence/pprof/read.ts';
import { LOOK_BYTES } from './limits.ts';

export interface BuildIdentity {
  /** '' where unknown. */
  readonly service: string;
  readonly goVersion: string | null;
  readonly build: string | null;
}

const UNKNOWN: BuildIdentity = { service: '', goVersion: null, build: null };
/** Enough of a hash to tell two builds apart, and to find the commit by. */
const SHORT = 12;

/** From the executable of a process on this machine; reads the file. */
export function identityFromPid(pid: number): BuildIdentity {
  const identity = identityOfProcess(pid);
  const info = buildInfoOf(pid);
  const revision = info?.settings['vcs.revision'];
  const dirty = info?.settings['vcs.modified'] === 'true' ? '+dirty' : '';
  return {
    service: identity?.service ?? '',
    goVersion: identity?.goVersion ?? null,
    build: revision === undefined ? version(info?.mainModule?.version) : `${revision.slice(0, SHORT)}${dirty}`,
  };
}

/** From `go_build_info{path, version, checksum}` of client_golang's build collector. */
export function identityFromMetrics(samples: Samples): BuildIdentity {
  for (let s = 0; s < samples.count; s++) {
    if (samples.names[samples.name[s] ?? 0] !== 'go_build_info') continue;
    return { ...UNKNOWN, build: version(parseLabels(samples.labels[s] ?? '').get('version')) };
  }
  return UNKNOWN;
}

/** From a profile's first mapping, the executable. The goroutine profile is the smaller one and has it, too. */
export function identityFromProfile(bytes: Uint8Array): BuildIdentity {
  const profile = readable(() => readProfile(bytes, { maxBytes: LOOK_BYTES }));
  if (profile === null) return UNKNOWN;
  const id = profile.mappings[0]?.buildId ?? '';
  const { service, goVersion } = identityOfProfile(profile);
  return { service, goVersion, build: /^[\x21-\x7e]+$/.test(id) ? id.slice(0, SHORT) : null };
}

/** The first that tells goes first. */
export function firstOf(...all: readonly BuildIdentity[]): BuildIdentity {
  return {
    service: all.find(({ service }) => service !== '')?.service ?? '',
    goVersion: all.find(({ goVersion }) => goVersion !== null)?.goVersion ?? null,
    build: all.find(({ build }) => build !== null)?.build ?? null,
  };
}

/** `(devel)` names no build. */
function version(text: string | undefined): string | null {
  return text === undefined || text === '' || text === '(devel)' ? null : text.slice(0, 100);
}
