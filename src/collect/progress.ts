/** One rewritten line on stderr while the window runs; nothing where stderr is no terminal. */
import pc from 'picocolors';
import { formatDuration } from './duration.ts';
import type { Progress } from './options.ts';

export interface ProgressLine {
  show(progress: Progress): void;
  /** A line that is not ours, above the progress line. */
  print(line: string): void;
  /** A sentence of ours on a line of its own, above the progress line. Printed without a terminal, too. */
  say(sentence: string): void;
  /** Takes the line away. */
  clear(): void;
}

const BAR = 20;

export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  const live = stream.isTTY === true;
  // picocolors looks at stdout's terminal, too; colour belongs to the stream that is written.
  const colors = pc.createColors(live && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb');
  let shown = '';
  const clear = () => {
    if (shown !== '') stream.write('\r\x1b[K');
    shown = '';
  };
  const print = (line: string) => {
    const before = shown;
    clear();
    stream.write(`${line}\n${before}`);
    shown = before;
  };
  return {
    clear,
    print,
    say: (sentence) => print(`${colors.dim('hemostat:')} ${sentence}`),
    show: (progress) => {
      if (!live) return;
      const text = render(progress, Math.max(40, (stream.columns ?? 80) - 1));
      const line = `${colors.cyan(text.bar)} ${text.rest}`;
      if (line === shown) return;
      clear();
      stream.write(line);
      shown = line;
    },
  };
}

/** `width` in columns. */
export function render(progress: Progress, width: number): { bar: string; rest: string } {
  const { elapsed, remaining, snapshot, of, rss, liveHeap, goroutines, phase } = progress;
  const part = elapsed + remaining > 0 ? elapsed / (elapsed + remaining) : 1;
  const full = Math.min(BAR, Math.round(part * BAR));
  const facts = [
    `${snapshot}/${of}`,
    phase === 'last' ? 'last snapshot' : `${formatDuration(Math.max(1000, remaining))} left`,
    ...(rss === undefined ? [] : [`RSS ${mib(rss)}`]),
    ...(liveHeap === undefined ? [] : [`heap ${mib(liveHeap)}`]),
    ...(goroutines === undefined ? [] : [`${goroutines} goroutines`]),
  ];
  let rest = facts.join(' · ');
  while (facts.length > 2 && BAR + 1 + rest.length > width) {
    facts.pop();
    rest = facts.join(' · ');
  }
  return { bar: '█'.repeat(full) + '░'.repeat(BAR - full), rest };
}

function mib(bytes: number): string {
  const value = bytes / 2 ** 20;
  return value < 1024 ? `${value.toFixed(value < 10 ? 1 : 0)} MiB` : `${(value / 1024).toFixed(2)} GiB`;
}
