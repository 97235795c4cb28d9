/**
 * Which runtime function allocates at a line: `runtime.mapassign_faststr` tells a map that grows from a slice that does.
 *
 * Heap profiles hide the runtime's frames at the leaf. Their addresses are still in the records of heap?debug=1
 * (runtime/pprof, printStackRecord: the comment lines leave them out, the numbers after `@` do not), and net/http/pprof's
 * /debug/pprof/symbol names addresses. So one text profile and one small request tell what allocates: a map on any Go,
 * and since Go 1.26 (whose samples begin one frame deeper) append and new too.
 */
import { TextLines } from './lines.ts';

export interface HiddenAllocator {
  /** The leaf-most function that the profile names, and its line: it called the allocator. */
  readonly function: string;
  readonly line: number;
  /** Address of the call inside the runtime function that was called, e.g. `0x40a1b1`. */
  readonly address: string;
  /** Bytes in use (sampled, not scaled up: only the order counts). */
  readonly inuse: number;
}

const RECORD = /^(\d+): (\d+) \[\d+: \d+\] @((?: 0x[0-9a-f]+)+)$/;
const COMMENT = /^#\t+(0x[0-9a-f]+)\t+(.+?)\+0x[0-9a-f]+\t+.+:(\d+)$/;

/** Reads a heap?debug=1 text; records that have no hidden frames give nothing. */
export function hiddenAllocators(text: Uint8Array): HiddenAllocator[] {
  const found = new Map<string, { function: string; line: number; address: string; inuse: number }>();
  let addresses: string[] = [];
  let inuse = 0;
  const lines = new TextLines(text);
  while (lines.next()) {
    const row = lines.text;
    const record = RECORD.exec(row);
    if (record !== null) {
      addresses = (record[3] ?? '').trim().split(' ');
      inuse = Number(record[2]);
      continue;
    }
    if (addresses.length === 0) continue;
    const comment = COMMENT.exec(row);
    if (comment !== null) {
      const [, pc = '', name = '', line = '0'] = comment;
      // The comment has the address of the call, the record the address that it returns to.
      const at = addresses.indexOf(`0x${(BigInt(pc) + 1n).toString(16)}`);
      const callee = addresses[at - 1];
      if (at > 0 && callee !== undefined) {
        const address = `0x${(BigInt(callee) - 1n).toString(16)}`;
        const key = `${name}\0${line}\0${address}`;
        const entry = found.get(key) ?? { function: name, line: Number(line), address, inuse: 0 };
        entry.inuse += inuse;
        found.set(key, entry);
      }
    }
    // Only the first comment of a record is the leaf.
    addresses = [];
  }
  return [...found.values()].sort((a, b) => b.inuse - a.inuse);
}

/** Reads the answer of /debug/pprof/symbol: `num_symbols: 1`, then `0x40a1b1 runtime.mapassign` a line. */
export function readSymbols(text: Uint8Array): ReadonlyMap<string, string> {
  const symbols = new Map<string, string>();
  const lines = new TextLines(text);
  while (lines.next()) {
    const match = /^(0x[0-9a-f]+) (\S.*)$/.exec(lines.text);
    if (match !== null) symbols.set(match[1] ?? '', match[2] ?? '');
  }
  return symbols;
}

/** Per `function\0line`: the runtime functions with memory in use there, heaviest first. */
export function allocatorsByLine(
  hidden: readonly HiddenAllocator[],
  symbols: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const byLine = new Map<string, string[]>();
  for (const entry of hidden) {
    const symbol = symbols.get(entry.address);
    if (symbol === undefined || entry.inuse === 0) continue;
    const key = `${entry.function}\0${entry.line}`;
    const list = byLine.get(key);
    if (list === undefined) byLine.set(key, [symbol]);
    else if (!list.includes(symbol)) list.push(symbol);
  }
  return byLine;
}
