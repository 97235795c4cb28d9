/** The name of a profile's file: the same for the same key, and safe on every file system. Pure. */
import { createHash } from 'node:crypto';
import type { BaselineKey } from '../model.ts';

/** Of a name, characters. */
const LONGEST = 60;
/** Of a digest: as many as people tell images apart by. */
const SHORT = 12;

/**
 * `api@3f2a9c01d4e7.yaml`, `shop@exe.yaml`. Where a name had to be changed or cut, the beginning of the key's hash is added, so
 * that two keys never share a file.
 */
export function profileFileName({ digest, container }: BaselineKey): string {
  const [, hex = ''] = /^sha\d+:([0-9a-f]+)$/.exec(digest) ?? [];
  const exe = digest.startsWith('exe:') ? digest.slice('exe:'.length) : digest;
  const parts = [container, hex === '' ? exe : hex.slice(0, SHORT)].filter((part) => part !== '');
  const wanted = hex === '' && exe === container ? `${exe}@exe` : parts.join('@') + (hex === '' ? '@exe' : '');
  const safe = wanted
    .replace(/[^A-Za-z0-9._@-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, LONGEST);
  const changed = safe !== wanted || safe === '' || container === '' || container.includes('@') || exe.includes('@');
  const hash = createHash('sha256')
    .update(JSON.stringify([digest, container]))
    .digest('hex');
  return `${safe === '' ? 'profile' : safe}${changed ? `-${hash.slice(0, 8)}` : ''}.yaml`;
}
