/** Names of images as Docker and the OCI distribution specification write them. */
import { GuardUsageError } from '../error.ts';
import type { ImageReference } from './registry.ts';

/** Docker Hub's name, and where its API is. */
export const DOCKER_HUB = 'docker.io';

/** One part of a repository's name, by the OCI distribution specification. */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST =
  /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::\d{1,5})?$/;
const LONGEST_NAME = 255;
/** Hex digits of the digests that registries know. */
const HEX_LENGTH: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/** @throws GuardUsageError */
export function parseImageReference(text: string): ImageReference {
  const wrong = (why: string): GuardUsageError =>
    new GuardUsageError(`${JSON.stringify(shortened(text))} does not name an image: ${why}`);
  const named = text.startsWith('docker://') ? text.slice('docker://'.length) : text;
  if (named === '') throw wrong('it is empty; write registry/name:tag or registry/name@sha256:…');
  if (/^[a-z]+:\/\//i.test(named)) throw wrong('leave the scheme away and write registry/name:tag');
  if (/\s/.test(named)) throw wrong('it has a space in it');

  const [beforeDigest = '', digest, ...more] = named.split('@');
  if (more.length > 0) throw wrong('it has more than one @');
  if (digest !== undefined && !isDigest(digest)) throw wrong(digestMistake(digest));

  // A colon after the last slash begins the tag; one before it is a port.
  const slash = beforeDigest.lastIndexOf('/');
  const colon = beforeDigest.indexOf(':', slash + 1);
  const whole = colon < 0 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon < 0 ? null : beforeDigest.slice(colon + 1);
  if (tag !== null && !TAG.test(tag)) {
    throw wrong(
      `the tag ${JSON.stringify(shortened(tag))} has to be 1 to 128 letters, digits, dots, dashes, underscores`,
    );
  }

  const { registry, repository } = splitName(whole);
  const port = Number(/:(\d+)$/.exec(registry)?.[1] ?? '1');
  if (port < 1 || port > 65_535) throw wrong(`${port} is no port`);
  if (!HOST.test(registry) || !isHost(registry)) throw wrong(`${JSON.stringify(shortened(registry))} is no host name`);
  if (repository === '') throw wrong('the name of the repository is missing');
  if (repository.length > LONGEST_NAME) throw wrong(`its name is longer than ${LONGEST_NAME} characters`);
  for (const component of repository.split('/')) {
    if (COMPONENT.test(component)) continue;
    if (/[A-Z]/.test(component)) {
      throw wrong(`repository names are lower case; write ${JSON.stringify(shortened(component.toLowerCase()))}`);
    }
    throw wrong(
      component === ''
        ? 'two slashes stand together, or one at an end'
        : `${JSON.stringify(shortened(component))} may have lower-case letters, digits and single . _ - between them`,
    );
  }
  return { registry, repository, tag: digest === undefined ? (tag ?? 'latest') : tag, digest: digest ?? null };
}

/** Whether a URL means the same by it: `1.2.3` is another host there, and `[1:2]` none. */
function isHost(registry: string): boolean {
  const url = URL.canParse(`https://${registry}/`) ? new URL(`https://${registry}/`) : null;
  return url !== null && (registry.startsWith('[') || url.hostname === registry.replace(/:\d+$/, ''));
}

/** As it was meant, with everything filled in. */
export function formatReference(of: ImageReference): string {
  const tag = of.tag === null ? '' : `:${of.tag}`;
  return `${of.registry}/${of.repository}${tag}${of.digest === null ? '' : `@${of.digest}`}`;
}

export function isDigest(text: string): boolean {
  const [algorithm = '', hex = '', ...more] = text.split(':');
  return more.length === 0 && hex.length === HEX_LENGTH[algorithm] && /^[0-9a-f]+$/.test(hex);
}

function splitName(whole: string): { registry: string; repository: string } {
  const slash = whole.indexOf('/');
  const first = slash < 0 ? '' : whole.slice(0, slash);
  // Docker's rule, but for names in upper case, which it takes for hosts: the mistake they are is told instead.
  if (slash < 0 || !(/[.:[]/.test(first) || first === 'localhost')) {
    return { registry: DOCKER_HUB, repository: withLibrary(whole) };
  }
  const registry = first.toLowerCase();
  if (registry === DOCKER_HUB || registry === 'index.docker.io' || registry === 'registry-1.docker.io') {
    return { registry: DOCKER_HUB, repository: withLibrary(whole.slice(slash + 1)) };
  }
  return { registry, repository: whole.slice(slash + 1) };
}

const withLibrary = (name: string): string => (name === '' || name.includes('/') ? name : `library/${name}`);

function digestMistake(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  const length = HEX_LENGTH[algorithm];
  if (length === undefined) return 'its digest has to begin with sha256: or sha512:';
  if (/[A-F]/.test(hex)) return 'digests are written in lower case';
  return `a ${algorithm} digest has ${length} hexadecimal digits, this one has ${hex.length}`;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
