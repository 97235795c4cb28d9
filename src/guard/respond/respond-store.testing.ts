/** The laws of a ResponseStore: run over every implementation. */
import { describe, expect, it } from 'vitest';
import type { ResponseEvent, ResponseStore } from './model.ts';
import { event, found, INCIDENT } from './testing.ts';

export interface OpenedStore {
  readonly store: ResponseStore;
  /** The same data, as another process would open it afterwards. */
  reopen(): Promise<ResponseStore>;
  close(): Promise<void>;
}

/** @param open an empty one */
export function respondStoreLaws(name: string, open: () => Promise<OpenedStore>): void {
  async function opened(test: (at: OpenedStore) => Promise<void>): Promise<void> {
    const at = await open();
    await test(at).finally(() => at.close());
  }

  describe(name, () => {
    it('has nothing in the beginning', () => opened(async ({ store }) => expect(await store.events()).toEqual([])));

    it('gives back every kind of event as it was, in the order in which they came', () =>
      opened(async ({ store, reopen }) => {
        const all = everyKind();
        await store.append(all.slice(0, 3));
        await store.append(all.slice(3));
        expect(await store.events()).toEqual(all);
        expect(await (await reopen()).events()).toEqual(all);
      }));

    it('keeps the first of an id, in one append and over several', () =>
      opened(async ({ store, reopen }) => {
        const first = found(1000);
        const other = { ...first, at: 2000 };
        await store.append([first, other]);
        await store.append([other]);
        const after = event(500, { kind: 'closed', says: 'done' });
        await store.append([other, after]);
        expect(await store.events()).toEqual([first, after]);
        expect(await (await reopen()).events()).toEqual([first, after]);
      }));

    it('takes appends at the same time', () =>
      opened(async ({ store, reopen }) => {
        const batches = Array.from({ length: 8 }, (_, i) => [found(i), event(i, { kind: 'closed', says: `${i}` })]);
        await Promise.all(batches.map((batch) => store.append(batch)));
        const events = await (await reopen()).events();
        expect(events).toHaveLength(16);
        // A batch stays together.
        for (const [first, second] of batches)
          expect(events.findIndex(({ id }) => id === second?.id)).toBe(
            events.findIndex(({ id }) => id === first?.id) + 1,
          );
      }));

    it('writes nothing for nothing', () =>
      opened(async ({ store }) => {
        await store.append([]);
        expect(await store.events()).toEqual([]);
      }));

    it('does not change with the list that it was given or gave', () =>
      opened(async ({ store }) => {
        const list: ResponseEvent[] = [found(1)];
        await store.append(list);
        list.push(found(2));
        const given = [...(await store.events())];
        given.pop();
        expect(await store.events()).toHaveLength(1);
      }));
  });
}

function everyKind(): ResponseEvent[] {
  const artefact = {
    id: '00000000000000aa',
    kind: 'rollback-plan',
    reference: 'plan.md',
    note: 'ü "quoted"\nline',
  } as const;
  return [
    found(1000),
    event(1001, { kind: 'acknowledged', role: 'operations', note: '' }),
    event(1002, { kind: 'attached', role: 'operations', artefact }),
    event(1003, { kind: 'checked', role: 'operations', artefact: artefact.id, passed: false, says: 'no digest' }),
    event(1004, { kind: 'measured', flat: true, says: 'flat for 30 min' }),
    event(1005, { kind: 'paused', role: null, why: 'waits for the vendor' }),
    event(1006, { kind: 'resumed', role: 'development' }),
    event(1007, {
      kind: 'reminded',
      round: 1,
      role: 'security',
      clock: 'acknowledge',
      step: 2,
      receivers: ['security', 'lead'],
      due: 900,
      says: `of ${INCIDENT}`,
    }),
    event(1008, { kind: 'told', reminder: '00000000000000bb', receiver: 'lead' }),
    // Not in the order of time: that is nothing that a store sorts by.
    event(900, { kind: 'closed', says: 'done' }),
    event(1010, { kind: 'reopened', says: 'again' }),
  ];
}
