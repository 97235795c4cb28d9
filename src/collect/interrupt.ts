/** Ctrl-C during a window: the first ends it early, the second ends hemostat. */

export interface Interrupt {
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Gives the signals back to node. */
  dispose(): void;
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** `onFirst` may tell the user what happens now. On exit half-written bundles and children are cleaned up by others. */
export function catchInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  const handler = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      controller.abort(name);
      onFirst();
      return;
    }
    process.exit(128 + (name === 'SIGHUP' || name === 'SIGTERM' ? SIGNALS[name] : SIGNALS.SIGINT));
  };
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(name, handler);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.off(name, handler);
    },
  };
}
