/** For tests: the response clock over a store and findings that stand still; nobody is reminded, since it is not started. */
import type { ResponseEvent } from '../../guard/respond/model.ts';
import { systemClock } from '../clock.ts';
import { DEFAULT_ALERTS, defaultRespond } from '../config/defaults.ts';
import type { HistoryStore } from '../history/store.ts';
import type { FindingRecord } from '../model.ts';
import { Respond } from './respond.ts';
import type { RespondSettings } from './settings.ts';

export interface RespondOver {
  readonly store: Pick<HistoryStore, 'commit'>;
  readonly findings: () => readonly FindingRecord[];
  readonly now: () => number;
  readonly events?: readonly ResponseEvent[];
  readonly settings?: Partial<RespondSettings>;
  readonly tell?: (incident: string) => void;
}

export function respondOver({ store, findings, now, events = [], settings, tell = () => {} }: RespondOver): Respond {
  const waiting: ResponseEvent[] = [];
  const flush = async (): Promise<void> => {
    const responses = waiting.splice(0);
    await store.commit({ responses });
    respond.stored(responses);
  };
  const respond = new Respond({
    ...{ events, findings, now, tell, flush, clock: systemClock },
    settings: { ...defaultRespond(), ...settings },
    alertsConfig: () => DEFAULT_ALERTS,
    silences: () => [],
    sourceOf: () => null,
    add: ({ responses = [] }) => {
      waiting.push(...responses);
    },
    commit: (batch) => store.commit(batch),
    problem: () => {},
    ask: async () => ({ passed: false, known: false, says: 'not checked: nothing is checked here' }),
  });
  return respond;
}
