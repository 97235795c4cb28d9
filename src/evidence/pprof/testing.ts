/**
 * Profiles from a small text picture, for tests here and elsewhere. One sample per line, root first:
 *
 *   inuse_objects/count inuse_space/bytes
 *   main.main > main.serve@server.go:12 ~> main.decode@server.go:30 | 2 4096 | tenant=a size:bytes=2048
 *
 * `>` is a call, `~>` an inlined call (both frames share a location), `@file:line` is optional (default: `<package>.go`
 * line 1), labels are `key=string` or `key:unit=number`. A frame `0x1234` is an address without a symbol.
 */
import { type FunctionInput, type LabelInput, ProfileBuilder, type ProfileHeader } from './builder.ts';
import type { Profile } from './profile.ts';

export function profileFromText(picture: string, header: Partial<ProfileHeader> = {}): Profile {
  const [types = '', ...lines] = picture
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const sampleTypes = types.split(/\s+/).map((pair) => {
    const [type = '', unit = ''] = pair.split('/');
    return { type, unit };
  });
  const builder = new ProfileBuilder({
    periodType: { type: 'space', unit: 'bytes' },
    period: 1,
    ...header,
    sampleTypes,
  });
  const mapping = builder.mapping({
    start: 0x40_0000n,
    limit: 0x80_0000n,
    offset: 0n,
    filename: '/bin/service',
    buildId: 'b1',
    hasFunctions: true,
    hasFilenames: true,
    hasLineNumbers: true,
    hasInlineFrames: true,
  });
  const locations = new Map<string, number>();
  const locate = (text: string): number => {
    const known = locations.get(text);
    if (known !== undefined) return known;
    const address = /^0x[0-9a-f]+$/.test(text) ? BigInt(text) : 0x40_0000n + BigInt(16 * (locations.size + 1));
    const frames = text.startsWith('0x') ? [] : text.split(/\s*~>\s*/).reverse();
    const lines = frames.map((frame) => {
      const { line, ...fn } = parseFrame(frame);
      return { fn: builder.fn(fn), line };
    });
    const index = builder.location(address, lines, mapping);
    locations.set(text, index);
    return index;
  };
  for (const line of lines) {
    const [stack = '', values = '', labels = ''] = line.split('|').map((part) => part.trim());
    const calls = stack === '' ? [] : stack.split(/\s+>\s+/).map(locate);
    builder.sample(
      calls.reverse(),
      values.split(/\s+/).map(parseNumber),
      labels.split(/\s+/).filter(Boolean).map(parseLabel),
    );
  }
  return builder.finish();
}

function parseFrame(text: string): FunctionInput & { line: number } {
  const [, name = text, filename, line] = /^(.+?)(?:@(.+):(\d+))?$/.exec(text) ?? [];
  return { name, filename: filename ?? `${name.split('.')[0]}.go`, line: Number(line ?? 1) };
}

function parseNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function parseLabel(text: string): LabelInput {
  const [, key = '', unit, value = ''] = /^([^=:]+)(?::([^=]*))?=(.*)$/.exec(text) ?? [];
  return unit === undefined ? { key, str: value } : { key, unit, num: parseNumber(value) };
}
