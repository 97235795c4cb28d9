/** A Go executable: its symbols, its function table and its types, by addresses as linked. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EvidenceError } from '../error.ts';
import { minorOf } from '../go-version.ts';
import { type BuildInfo, readBuildInfo } from './buildinfo.ts';
import { type Elf, readElf } from './elf.ts';
import { findPclntab } from './find-pclntab.ts';
import { createImage } from './image.ts';
import { findModuleData, type ModuleData } from './moduledata.ts';
import { type Pclntab, readPclntab } from './pclntab.ts';
import type { ByteSource } from './source.ts';
import { readSymbols, type SymbolTable } from './symtab.ts';
import { createTypes, type Types } from './types.ts';

export interface Executable {
  /** As given, for messages. */
  readonly path: string;
  readonly elf: Elf;
  readonly buildInfo: BuildInfo | null;
  /** Null where stripped (`-ldflags=-s`). */
  readonly symbols: SymbolTable | null;
  readonly pclntab: Pclntab;
  readonly module: ModuleData | null;
  /** Null where the Go version or moduledata is not known. */
  readonly types: Types | null;
  close(): void;
}

/** Throws EvidenceError, naming the file, where it cannot be read or is no Go executable. The caller closes it. */
export function openExecutable(path: string): Executable {
  const fd = open(path);
  try {
    return { ...readExecutable(cached(fileSource(fd, path)), path), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    if (error instanceof EvidenceError) throw new EvidenceError(error.format, `${path}: ${error.message}`);
    throw error;
  }
}

/** The same over bytes that somebody else holds. */
export function readExecutable(source: ByteSource, path: string): Executable {
  const elf = readElf(source);
  const image = createImage(source, elf);
  const found = findPclntab(image);
  if (found === null) {
    throw new EvidenceError('ELF', 'this executable has no Go function table; give one built by Go 1.16 or later');
  }
  const buildInfo = readBuildInfo(source);
  const minor = minorOf(buildInfo?.goVersion ?? '');
  const module = findModuleData(image, found, minor);
  const textStart = module?.text ?? textStartOf(elf, found.header.textStart);
  const goFunc = module?.goFunc ?? 0;
  const relative = found.header.layout.relative;
  const pclntab = readPclntab(found.bytes, {
    words: elf.words,
    textStart,
    funcData: (offset, length) =>
      relative ? (goFunc === 0 ? null : image.read(goFunc + offset, length)) : image.read(offset, length),
  });
  const types = module === null || minor === null ? null : createTypes(image, module, minor);
  return { path, elf, buildInfo, symbols: readSymbols(source, elf), pclntab, module, types, close: () => {} };
}

/** Without moduledata: the header says it up to 1.25, and .text starts with Go code where there is no C. */
function textStartOf(elf: Elf, inHeader: number): number {
  return inHeader > 0 ? inHeader : (elf.sections.find(({ name }) => name === '.text')?.address ?? 0);
}

function open(path: string): number {
  try {
    const fd = openSync(path, 'r');
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') throw new EvidenceError('file', `${path} does not exist; give the executable of the dump`);
    throw new EvidenceError(
      'file',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  throw new EvidenceError('file', `${path} is not a regular file; give the executable of the dump`);
}

function fileSource(fd: number, path: string): ByteSource {
  return {
    size: fstatSync(fd).size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      let got = 0;
      // readSync may return less than asked for at sizes beyond 2 GiB only, but costs nothing to ask again.
      while (got < length) {
        const n = readSync(fd, bytes, got, length - got, offset + got);
        if (n === 0) break;
        got += n;
      }
      if (got < length && offset + got < fstatSync(fd).size) throw new EvidenceError('file', `${path} cannot be read`);
      return bytes.subarray(0, got);
    },
  };
}

const PAGE = 1 << 16;
const PAGES = 256;

/** Keeps up to 16 MiB of the file for small reads: types and inline trees are read a few bytes at a time. */
function cached(source: ByteSource): ByteSource {
  const pages = new Map<number, Uint8Array>();
  const page = (number: number): Uint8Array => {
    let bytes = pages.get(number);
    if (bytes === undefined) {
      if (pages.size >= PAGES)
        for (const oldest of pages.keys()) {
          pages.delete(oldest);
          break;
        }
      bytes = source.read(number * PAGE, PAGE);
      pages.set(number, bytes);
    }
    return bytes;
  };
  return {
    size: source.size,
    read(offset, length) {
      const [number, at] = [Math.floor(offset / PAGE), offset % PAGE];
      return at + length <= PAGE ? page(number).subarray(at, at + length) : source.read(offset, length);
    },
  };
}
