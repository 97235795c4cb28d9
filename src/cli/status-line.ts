/** One line on stderr that is written over; nothing where stderr is no terminal. */
import { columns } from '../findings/layout.ts';

export interface StatusLine {
  show(text: string): void;
  /** What `write` prints stands above the line. */
  print(write: () => void): void;
  clear(): void;
}

export function statusLine(wanted: boolean, stream: NodeJS.WriteStream = process.stderr): StatusLine {
  const live = wanted && stream.isTTY === true;
  let shown = '';
  const draw = (text: string): void => {
    if (shown !== '') stream.write('\r\x1b[K');
    shown = text;
    if (text !== '') stream.write(text);
  };
  return {
    show(text) {
      // A line that is as wide as the terminal would be two.
      if (live) draw(columns(text) < (stream.columns ?? 80) ? text : text.slice(0, (stream.columns ?? 80) - 1));
    },
    print(write) {
      const before = shown;
      draw('');
      write();
      draw(before);
    },
    clear: () => draw(''),
  };
}
