/** Where the function table lies in a program: by section name, or by its header where names are stripped. */
import { PT_LOAD } from './elf.ts';
import type { Image } from './image.ts';
import { HEADER_BYTES, MAGICS, type PclntabHeader, readPclntabHeader } from './pclntab.ts';

export interface FoundPclntab {
  readonly address: number;
  readonly header: PclntabHeader;
  /** From the header to the end of the section or segment, relocated. */
  readonly bytes: Buffer;
}

/** Position-independent executables of Go before 1.26 keep it beside other relocated data. */
const SECTIONS = ['.gopclntab', '.data.rel.ro.gopclntab'];
const CHUNK = 4 << 20;

/** Null where the program has no function table of Go 1.16 or later. */
export function findPclntab(image: Image): FoundPclntab | null {
  const section = image.elf.sections.find(({ name }) => SECTIONS.includes(name));
  if (section !== undefined) {
    const found = at(image, section.address, section.address + section.size);
    if (found !== null) return found;
  }
  for (const segment of image.elf.segments) {
    if (segment.type !== PT_LOAD) continue;
    const end = segment.address + segment.fileSize;
    for (const address of headers(image, segment.address, end)) {
      const found = at(image, address, end);
      if (found !== null) return found;
    }
  }
  return null;
}

function at(image: Image, address: number, end: number): FoundPclntab | null {
  const head = image.read(address, Math.min(HEADER_BYTES, Math.max(0, end - address)));
  const header = head === null ? null : readPclntabHeader(head, image.elf.words);
  if (header === null || header.functions >= end - address) return null;
  const bytes = image.read(address, end - address);
  return bytes === null ? null : { address, header, bytes };
}

/** Aligned addresses where a magic number stands. */
function* headers(image: Image, start: number, end: number): Generator<number> {
  const { bigEndian, pointerSize } = image.elf.words;
  const patterns = MAGICS.map((magic) => {
    const bytes = Buffer.alloc(6); // the magic and two zeros
    if (bigEndian) bytes.writeUInt32BE(magic);
    else bytes.writeUInt32LE(magic);
    return bytes;
  });
  for (let base = start; base < end; base += CHUNK) {
    const chunk = image.read(base, Math.min(CHUNK + 6, end - base));
    if (chunk === null) return;
    for (const pattern of patterns) {
      for (let i = chunk.indexOf(pattern); i >= 0; i = chunk.indexOf(pattern, i + 1)) {
        if ((base + i) % pointerSize === 0) yield base + i;
      }
    }
  }
}
