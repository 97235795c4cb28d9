import { EvidenceError } from '../error.ts';
import type { TextLines } from './lines.ts';

/** The `attribute=value` lines between the header and the first record of a mutex or block profile. */
export function readContentionHeader(lines: TextLines): { period: number; cyclesPerSecond: number } {
  let period = 1;
  let cyclesPerSecond = 0;
  while (lines.next()) {
    const attribute = /^([a-z/ ]+?) *= *(\d+)$/.exec(lines.text);
    if (attribute === null) {
      if (lines.text === '' || lines.text.startsWith('#')) continue;
      lines.back();
      break;
    }
    const value = Number(attribute[2]);
    if (attribute[1] === 'cycles/second') cyclesPerSecond = value;
    else if (attribute[1] === 'sampling period') period = value;
    else if (attribute[1] !== 'ms since reset' && attribute[1] !== 'discarded samples') {
      throw new EvidenceError(
        'pprof text',
        `\`${lines.text.slice(0, 60)}\` is no attribute of such a profile`,
        lines.offset,
      );
    }
  }
  return { period, cyclesPerSecond };
}
