/** The server's log on stderr: JSON lines for machines, short lines for a person at a terminal. */
import { pino } from 'pino';
import { printable } from '../findings/layout.ts';

export type { Logger } from 'pino';

export function createLog(level: 'debug' | 'info' | 'warn' | 'error', terminal: boolean): pino.Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // Whatever an object carries by mistake.
    redact: { paths: ['authorization', 'token', 'headers', '*.authorization', '*.token', '*.headers'], censor: '***' },
  };
  return pino(options, terminal ? shortLines : process.stderr);
}

/** A line of pino as `12:34:56 warn  sentence`. */
const shortLines = {
  write(line: string): void {
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      entry = null;
    }
    const { time = '', level = '', msg = '', service = '' } = isRecord(entry) ? entry : {};
    const who = service === '' ? '' : `${printable(String(service), true)}: `;
    process.stderr.write(
      `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${who}${printable(String(msg), true)}\n`,
    );
  },
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
