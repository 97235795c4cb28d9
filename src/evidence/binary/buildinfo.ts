/**
 * The build information that the Go linker (1.18 and later) puts into every executable: Go version and module text.
 * Format: debug/buildinfo in the Go tree. A 32-byte header, 16-byte aligned: `\xff Go buildinf:`, pointer size, flags
 * (bit 1: strings follow inline), padding; then two strings, each a varint length and its bytes: version, module text.
 */
import type { ByteSource } from './source.ts';

export interface BuildInfo {
  /** e.g. `go1.26.8`. */
  readonly goVersion: string;
  /** Import path of the main package, e.g. `example.com/orders/cmd/orders`; '' where unknown. */
  readonly path: string;
  readonly mainModule: { readonly path: string; readonly version: string } | null;
  readonly dependencies: readonly { readonly path: string; readonly version: string }[];
  /** `build` lines: `-race`, `vcs.revision`, `CGO_ENABLED`, … */
  readonly settings: Readonly<Record<string, string>>;
}

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER = 32;
const ALIGN = 16;
const INLINE = 2;
const CHUNK = 4 << 20;
/** Bounds for hostile files: bytes looked through, and bytes of one string. */
const MAX_SCAN = 2 ** 30;
const MAX_STRING = 4 << 20;

/** Null where the file is no Go executable (or one built before Go 1.18). */
export function readBuildInfo(source: ByteSource): BuildInfo | null {
  const end = Math.min(source.size, MAX_SCAN);
  for (let base = 0; base < end; base += CHUNK) {
    // Chunks overlap by a header: one may lie across the border.
    const bytes = source.read(base, CHUNK + HEADER);
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = chunk.indexOf(MAGIC); at >= 0; at = chunk.indexOf(MAGIC, at + 1)) {
      // The magic also stands in programs that read build information themselves; only the header is aligned and flagged.
      if (at % ALIGN !== 0 || ((chunk[at + 15] ?? 0) & INLINE) === 0) continue;
      const info = readAt(source, base + at + HEADER);
      if (info !== null) return info;
    }
  }
  return null;
}

function readAt(source: ByteSource, offset: number): BuildInfo | null {
  const version = readString(source, offset);
  if (version === null || !/^(go|devel)/.test(version.text)) return null;
  const module = readString(source, version.next);
  return { goVersion: version.text, ...parseModuleText(module === null ? '' : unframe(module.text)) };
}

function readString(source: ByteSource, offset: number): { text: string; next: number } | null {
  const head = source.read(offset, 10);
  let length = 0;
  let digits = 0;
  for (; digits < 5; digits++) {
    const byte = head[digits];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 2 ** (7 * digits);
    if (byte < 0x80) break;
  }
  const start = offset + digits + 1;
  if (digits === 5 || length > MAX_STRING || start + length > source.size) return null;
  const bytes = source.read(start, length);
  if (bytes.byteLength < length) return null;
  return { text: Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1'), next: start + length };
}

/** The module text stands between two 16-byte markers. */
function unframe(framed: string): string {
  return framed.length >= 33 && framed.at(-17) === '\n' ? framed.slice(16, -16) : '';
}

function parseModuleText(latin1: string): Omit<BuildInfo, 'goVersion'> {
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  let path = '';
  let mainModule: BuildInfo['mainModule'] = null;
  const dependencies: { path: string; version: string }[] = [];
  const settings: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [kind, first = '', second = ''] = line.split('\t');
    if (kind === 'path') path = first;
    else if (kind === 'mod') mainModule = { path: first, version: second };
    else if (kind === 'dep') dependencies.push({ path: first, version: second });
    else if (kind === 'build') {
      const equals = first.indexOf('=');
      if (equals > 0) settings[first.slice(0, equals)] = first.slice(equals + 1);
    }
  }
  return { path, mainModule, dependencies, settings };
}
