import picocolors from 'picocolors';
import type { Terminal } from '../findings/layout.ts';

/** Standard output as it is: 80 columns where it is no terminal; colour only on one, and NO_COLOR is honoured. */
export function terminal(): Terminal {
  const isTerminal = process.stdout.isTTY === true;
  const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || '';
  return {
    width: process.stdout.columns || 80,
    color: isTerminal && picocolors.isColorSupported,
    // A file or pipe is read as UTF-8; a terminal says by its locale what it can show.
    unicode: !isTerminal || /utf-?8/i.test(locale),
  };
}
