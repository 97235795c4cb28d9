import { baseName, shortFunction } from '../diagnose/packages.ts';
import { columns, printable, type Terminal } from '../findings/layout.ts';

export interface FrameName {
  /** As go tool pprof prints it. */
  readonly label: string;
  readonly fn: string;
  readonly file: string;
  /** 0 where the row is no single line. */
  readonly line: number;
}

/** What fits of a name: all of it, without the directories, or its end (the part that differs). */
export function shortName({ label, fn, file, line }: FrameName, terminal: Terminal, width: number): string {
  const short = line > 0 && fn !== '' ? `${shortFunction(fn)} ${baseName(file)}:${line}` : shortFunction(fn || label);
  const [full, cut] = [label, short].map((text) => printable(text.replaceAll('\n', ' '), terminal.unicode));
  if (full === undefined || cut === undefined) return '';
  if (columns(full) <= width) return full;
  const room = Math.max(16, width);
  if (columns(cut) <= room) return cut;
  // Type arguments go before letters of the name do.
  const bare = cut.replace(/\[.+\]/, '[...]');
  if (columns(bare) <= room) return bare;
  const dots = terminal.unicode ? '…' : '...';
  return dots + bare.slice(columns(bare) - room + dots.length);
}
