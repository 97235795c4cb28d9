import { describe, expect, it } from 'vitest';
import { GuardUsageError } from '../error.ts';
import { formatReference, parseImageReference } from './reference.ts';

const HEX = 'a'.repeat(64);

describe('parseImageReference', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['grafana/grafana', 'docker.io/grafana/grafana:latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['docker://ghcr.io/a/b:1', 'ghcr.io/a/b:1'],
    ['localhost/a', 'localhost/a:latest'],
    ['127.0.0.1:5000/shop/api:v1', '127.0.0.1:5000/shop/api:v1'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['registry.example/a__b/c-d.e', 'registry.example/a__b/c-d.e:latest'],
    [`registry.example/a@sha256:${HEX}`, `registry.example/a@sha256:${HEX}`],
    [`registry.example/a:v1@sha256:${HEX}`, `registry.example/a:v1@sha256:${HEX}`],
    [`registry.example/a@sha512:${HEX}${HEX}`, `registry.example/a@sha512:${HEX}${HEX}`],
    ['Registry.example:5000/a', 'registry.example:5000/a:latest'],
  ])('reads %s', (text, whole) => {
    const read = parseImageReference(text);
    expect(formatReference(read)).toBe(whole);
    expect(parseImageReference(whole)).toEqual(read);
  });

  it.each([
    ['', /empty/],
    ['Alpine', /lower case; write "alpine"/],
    ['Shop/api', /lower case; write "shop"/],
    ['registry.example/Shop/api', /lower case; write "shop"/],
    ['https://registry.example/a', /leave the scheme away/],
    ['a b', /space/],
    ['a//b', /two slashes/],
    ['registry.example/', /name of the repository is missing/],
    ['a:', /the tag ""/],
    ['a:-x', /the tag "-x"/],
    [`a:${'x'.repeat(129)}`, /the tag/],
    ['a@sha256:abc', /64 hexadecimal digits, this one has 3/],
    [`a@sha256:${'A'.repeat(64)}`, /lower case/],
    [`a@md5:${HEX}`, /begin with sha256/],
    [`a@sha256:${HEX}@sha256:${HEX}`, /more than one @/],
    ['registry.example:99999/a', /99999 is no port/],
    ['-bad.example/a', /no host name/],
    ['1.2.3/a', /no host name/],
    ['[1:2]:5000/a', /no host name/],
    ['a/../b', /may have lower-case/],
    [`registry.example/${'a'.repeat(256)}`, /longer than 255/],
  ])('refuses %s', (text, why) => {
    expect(() => parseImageReference(text)).toThrow(why);
    expect(() => parseImageReference(text)).toThrow(GuardUsageError);
  });
});
