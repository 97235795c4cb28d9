/** A frame in words: for the tooltip, the line below the graph, and screen readers. */
import { format, formatChange } from '../format.ts';
import { isNoise } from './colours.ts';
import type { Tree } from './tree.ts';

/** Go's profiles spell units out. */
export function unitOf(unit: string): string {
  const short: Readonly<Record<string, string>> = { nanoseconds: 'ns', milliseconds: 'ms', seconds: 's' };
  return short[unit] ?? unit;
}

export interface FrameWords {
  readonly name: string;
  /** `file:line`, empty where neither is known. */
  readonly place: string;
  readonly inlined: boolean;
  readonly after: string;
  /** Of the whole, after. */
  readonly share: string;
  /** What is the frame's own, after. */
  readonly own: string;
  /** Null without a base. */
  readonly compared: { readonly before: string; readonly change: string; readonly judged: string } | null;
}

export function frameWords({ view, change }: Tree, row: number): FrameWords {
  const unit = unitOf(view.unit);
  const text = (id: number | undefined): string => view.strings[id ?? 0] ?? '';
  const [head = 0, base = 0, noise = 0, by = 0] = [
    view.head_cum[row],
    view.base_cum[row],
    view.noise[row],
    change[row],
  ];
  const [file, line = 0] = [text(view.file[row]), view.line[row]];
  const relative = base === 0 || by === 0 ? '' : ` (${relativeText(head / base)})`;
  const plusMinus = noise > 0 ? ` ± ${format(2 * noise, unit)}` : '';
  return {
    name: row === 0 ? 'all' : text(view.function[row]),
    place: file === '' ? '' : line > 0 ? `${file}:${line}` : file,
    inlined: view.inlined[row] === 1,
    after: format(head, unit),
    share: percent(ratio(head, view.head_cum[0])),
    own: format(view.head_flat[row] ?? 0, unit),
    compared:
      view.base === null
        ? null
        : { before: format(base, unit), change: `${formatChange(by, unit)}${plusMinus}${relative}`, judged: judged() },
  };

  function judged(): string {
    if (by === 0) return 'unchanged';
    if (head === 0) return 'gone';
    if (isNoise(by, noise)) return 'within the noise of sampling';
    return base === 0 ? 'new' : by > 0 ? 'grew' : 'shrank';
  }
}

/** One sentence, as a screen reader says it. */
export function frameSentence(words: FrameWords): string {
  const inlined = words.inlined ? ', inlined' : '';
  const place = words.place === '' ? '' : `, ${words.place}`;
  const { compared } = words;
  if (compared === null)
    return `${words.name}${inlined}${place}: ${words.after}, ${words.share} of all, own ${words.own}`;
  return `${words.name}${inlined}${place}: before ${compared.before}, after ${words.after}, change ${compared.change}, ${compared.judged}`;
}

/** `+12.5 %`; beyond tenfold a factor says more. */
function relativeText(factor: number): string {
  if (factor >= 10) return `×${factor.toFixed(factor < 99.5 ? 1 : 0)}`;
  return factor < 1 ? `−${percent(1 - factor)}` : `+${percent(factor - 1)}`;
}

export function ratio(part: number, whole: number | undefined): number {
  return whole ? part / whole : 0;
}

export function percent(share: number): string {
  const of100 = share * 100;
  return `${of100.toFixed(Math.abs(of100) >= 99.95 || of100 === 0 ? 0 : Math.abs(of100) >= 0.1 ? 1 : 2)} %`;
}
