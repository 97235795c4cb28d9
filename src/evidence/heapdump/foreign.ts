/** What a file is that is not a heap dump, in one sentence, with what to do. */

import { gunzipSync } from 'node:zlib';
import { EvidenceError } from '../error.ts';

export const HEADER = 'go1.7 heap dump\n';

const HOW = 'a heap dump comes from runtime/debug.WriteHeapDump or from the probe';

/** @param head the first bytes of the file, up to 4 KiB */
export function notADump(head: Uint8Array): EvidenceError {
  return new EvidenceError('heap dump', `${kind(Buffer.from(head))}; ${HOW}`);
}

function kind(head: Buffer): string {
  if (head.length === 0) return 'the file is empty';
  const text = head.toString('latin1');
  const old = /^go1\.\d+ heap dump\n/.exec(text)?.[0];
  if (old !== undefined) return `this is a heap dump of a Go before 1.7 (${old.trimEnd()}), which is not read`;
  if (HEADER.startsWith(text)) return 'the dump is cut short inside its header';
  if (text.startsWith('\x7fELF')) return elf(head);
  if (text.startsWith('\x1f\x8b')) return gzip(head);
  if (text.startsWith('MZ')) return 'this is a Windows program, not a heap dump';
  if (/^(?:\xcf\xfa\xed\xfe|\xce\xfa\xed\xfe|\xfe\xed\xfa|\xca\xfe\xba\xbe)/.test(text)) {
    return 'this is a macOS program or core, not a heap dump';
  }
  if (text.startsWith('MDMP')) return 'this is a Windows minidump, not a Go heap dump';
  if (text.startsWith('\x28\xb5\x2f\xfd')) return 'this is compressed with zstd; unpack it first, if it is a heap dump';
  if (text.startsWith('BZh') || text.startsWith('\xfd7zXZ')) {
    return 'this is compressed; unpack it first, if it is a heap dump';
  }
  if (text.startsWith('PK\x03\x04')) return 'this is a zip file; unpack it first, if it holds a heap dump';
  if (text.startsWith('JAVA PROFILE')) return 'this is a heap dump of Java, not of Go';
  if (/^go 1\.\d+ trace\0/.test(text)) return 'this is an execution trace, not a heap dump';
  if (/^heap profile: /.test(text)) return 'this is a heap profile as text, not a heap dump; see hemostat show';
  if (/^goroutine (?:profile: |\d+ )/.test(text))
    return 'this is a list of goroutines, not a heap dump; see hemostat show';
  if (isProfile(head)) return 'this is a pprof profile, not a heap dump; see hemostat show';
  if (isText(head)) return 'this is a text file, not a heap dump';
  return 'this is not a Go heap dump: it does not begin with "go1.7 heap dump"';
}

/** e_type at 16 in the file's byte order (elf(5)): 4 is a core. */
function elf(head: Buffer): string {
  const type = head[5] === 2 ? head[17] : head[16];
  return type === 4
    ? 'this is a core file (ELF), which says where memory is but not what a Go heap dump says'
    : 'this is a program (ELF), not a heap dump; name it with --binary beside the dump of its process';
}

function gzip(head: Buffer): string {
  let inner: Buffer;
  try {
    inner = gunzipSync(head, { finishFlush: 2, maxOutputLength: 1 << 20 });
  } catch {
    return 'this is compressed with gzip; unpack it first, if it is a heap dump';
  }
  if (inner.toString('latin1', 0, HEADER.length) === HEADER)
    return 'this is a heap dump compressed with gzip; gunzip it first';
  if (isProfile(inner)) return 'this is a pprof profile, not a heap dump; see hemostat show';
  return 'this is compressed with gzip, and what is inside is not a heap dump';
}

/** profile.proto begins with a sample type (field 1) or, by Go, the period type (11): a short message of two numbers. */
function isProfile(bytes: Buffer): boolean {
  const [field = 0, length = 255, inner = 0] = bytes;
  return (field === 0x0a || field === 0x5a) && length <= 12 && (inner === 0x08 || inner === 0x10);
}

function isText(head: Buffer): boolean {
  return head.every((byte) => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b);
}
