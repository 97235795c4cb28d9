/**
 * What `--runtime-config` leaves of the served APIs (k8s.io/apiserver pkg/server/options/api_enablement.go and
 * pkg/server/resourceconfig): `api/all` first, then `api/ga|beta|alpha`, then single versions; the order in which they are written does
 * not matter. `api/all=false` is allowed as long as one version is turned on, and that one may be any.
 */

export interface RuntimeConfig {
  /** `api/all`, `v1`, `apps/v1`, `apps/v1/deployments` … to true or false; the last one counts. */
  readonly settings: ReadonlyMap<string, boolean>;
}

export function readRuntimeConfig(values: readonly string[]): RuntimeConfig {
  const settings = new Map<string, boolean>();
  for (const value of values) {
    const [key = '', says = 'true'] = value.split('=');
    // The core group is written v1, and api/v1 by old releases.
    const name = key === 'api/v1' ? 'v1' : key;
    settings.set(name, !/^(?:false|0|f)$/i.test(says));
  }
  return { settings };
}

/** Whether `group/version` (`v1` for core) is served. */
export function serves(config: RuntimeConfig, groupVersion: string): boolean {
  const single = config.settings.get(groupVersion);
  if (single !== undefined) return single;
  const version = groupVersion.slice(groupVersion.lastIndexOf('/') + 1);
  const stage = version.includes('alpha') ? 'alpha' : version.includes('beta') ? 'beta' : 'ga';
  return config.settings.get(`api/${stage}`) ?? config.settings.get('api/all') ?? stage === 'ga';
}
