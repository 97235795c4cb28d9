/** Whether an executable is the program that wrote a heap dump, and how far it was moved when it was loaded. */
import type { Executable } from '../../evidence/binary/executable.ts';
import type { Pclntab } from '../../evidence/binary/pclntab.ts';
import { EvidenceError } from '../../evidence/error.ts';
import type { HeapDump } from '../../evidence/heapdump/dump.ts';

interface Entry {
  /** Address in the process. */
  readonly address: number;
  readonly function: string;
}

const ET_DYN = 3;
/** Packages that plugins share with the program, or cannot have. */
const OWN = /^(main|runtime)\./;

/**
 * Address in the process minus address in the executable: 0 for all but position-independent executables.
 * Throws EvidenceError with what differs where the dump is of another program or build.
 */
export function loadBias(dump: HeapDump, executable: Executable): number {
  const { elf, path, buildInfo, pclntab, module } = executable;
  const { params } = dump;
  if (buildInfo !== null && buildInfo.goVersion !== params.goVersion) {
    throw differs(path, `it was built by ${buildInfo.goVersion}, the dump was written by ${params.goVersion}`);
  }
  if (elf.words.pointerSize !== params.pointerSize || elf.words.bigEndian !== params.bigEndian) {
    const of = ({ pointerSize, bigEndian }: { pointerSize: number; bigEndian: boolean }): string =>
      `${pointerSize * 8}-bit ${bigEndian ? 'big' : 'little'}-endian`;
    throw differs(path, `it is ${of(elf.words)}, the dump is ${of(params)} (${params.arch})`);
  }
  const entries = entriesOf(dump);
  const bias = elf.type === ET_DYN ? biasByNames(pclntab, entries) : 0;
  const [low, high] = [pclntab.entries[0] ?? 0, pclntab.entries[pclntab.functionCount] ?? 0];
  for (const entry of entries) {
    const at = entry.address - bias;
    if (at < low || at >= high) {
      // A plugin's code lies elsewhere; the program's own never does.
      if (!OWN.test(entry.function)) continue;
      throw differs(path, `${entry.function} starts at ${hex(at)} in the dump, where the executable has no code`);
    }
    const index = pclntab.indexAt(at);
    if (pclntab.entries[index] !== at) {
      throw differs(
        path,
        `${entry.function} starts at ${hex(at)} in the dump, inside ${pclntab.name(index)} in the executable`,
      );
    }
    if (pclntab.name(index) !== entry.function && entry.function !== 'unknown function') {
      throw differs(path, `at ${hex(at)} the dump has ${entry.function}, the executable has ${pclntab.name(index)}`);
    }
  }
  const data = dump.data[0];
  if (module !== null && data !== undefined && data.address !== module.data + bias) {
    throw differs(path, `its variables start at ${hex(module.data + bias)}, in the dump at ${hex(data.address)}`);
  }
  return bias;
}

/** Each function on a stack once. */
function entriesOf(dump: HeapDump): Entry[] {
  const { frames, strings } = dump;
  const seen = new Map<number, Entry>();
  for (let i = 0; i < frames.count; i++) {
    const address = frames.entry[i] ?? 0;
    if (!seen.has(address)) seen.set(address, { address, function: strings[frames.name[i] ?? -1] ?? '' });
  }
  return [...seen.values()];
}

/** The distance on which most functions of the stacks agree: single names may be there twice. */
function biasByNames(pclntab: Pclntab, entries: readonly Entry[]): number {
  const wanted = new Map<string, number[]>();
  for (const entry of entries) wanted.set(entry.function, [...(wanted.get(entry.function) ?? []), entry.address]);
  const votes = new Map<number, number>();
  for (let i = 0; i < pclntab.functionCount; i++) {
    for (const address of wanted.get(pclntab.name(i)) ?? []) {
      const distance = address - (pclntab.entries[i] ?? 0);
      votes.set(distance, (votes.get(distance) ?? 0) + 1);
    }
  }
  let best = 0;
  for (const [distance, count] of votes) if (count > (votes.get(best) ?? 0)) best = distance;
  return best;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function differs(path: string, what: string): EvidenceError {
  return new EvidenceError(
    'executable',
    `${path} is not the program that wrote the dump: ${what}; give that very file`,
  );
}
