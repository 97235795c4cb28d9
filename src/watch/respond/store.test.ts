/** The laws of a store of response events, over the history; and what retention keeps of incidents. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResponseStore } from '../../guard/respond/model.ts';
import { respondStoreLaws } from '../../guard/respond/respond-store.testing.ts';
import { event, found } from '../../guard/respond/testing.ts';
import { openDuckDbStore } from '../history/duckdb/store.ts';
import type { HistoryStore } from '../history/store.ts';

function responseStore(history: HistoryStore): ResponseStore {
  return { events: () => history.responses(), append: (responses) => history.commit({ responses }) };
}

respondStoreLaws('Incidents in history', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-responses-'));
  let history = await openDuckDbStore({ dir, apartMs: 0 });
  return {
    store: responseStore(history),
    reopen: async () => {
      await history.close();
      history = await openDuckDbStore({ dir, apartMs: 0 });
      return responseStore(history);
    },
    close: async () => {
      await history.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
});

test('retention keeps what is open, and what was closed for as long as everything else', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-responses-'));
  const DAY = 86_400_000;
  const policy = { fullMs: DAY, mediumMs: DAY, longMs: 10 * DAY, blobMs: DAY, blobBytes: 1e9 };
  const history = await openDuckDbStore({ dir, apartMs: 0 });
  try {
    const of = (incident: string, at: number, closedAt: number | null, later?: number) => [
      { ...found(at), incident },
      ...(closedAt === null ? [] : [{ ...event(closedAt, { kind: 'closed', says: 'done' }), incident }]),
      ...(later === undefined ? [] : [{ ...event(later, { kind: 'reopened', says: 'again' }), incident }]),
    ];
    await history.commit({
      responses: [
        ...of('000000000000000a', DAY, null),
        ...of('000000000000000b', DAY, 2 * DAY),
        ...of('000000000000000c', DAY, 15 * DAY),
        ...of('000000000000000d', DAY, 2 * DAY, 3 * DAY),
      ],
    });
    await history.retain(policy, 20 * DAY);
    const left = new Set((await history.responses()).map(({ incident }) => incident.at(-1)));
    expect([...left].join('')).toBe('acd');
    const copy = join(dir, 'copy');
    await history.backup(copy);
    const backup = await openDuckDbStore({ dir: copy, apartMs: 0 });
    expect(await backup.responses()).toEqual(await history.responses());
    await backup.close();
  } finally {
    await history.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
