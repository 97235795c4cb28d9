/** Targets from a URL, as http_sd of Prometheus. An answer that is no list of groups keeps the targets that were there. */
import { messageOf } from '../../collect/error.ts';
import { HttpClient } from '../../collect/http.ts';
import type { Discovery } from '../config/config.ts';
import { Again } from './again.ts';
import { GroupsError, parseGroups } from './groups.ts';
import type { TargetSource } from './source.ts';

type HttpSd = Extract<Discovery, { readonly kind: 'http_sd' }>;

const LIMIT = 64 << 20;

export function httpSource(config: HttpSd): TargetSource {
  const { address, http, everyMs, template } = config;
  const shown = new HttpClient(address, http).show(address.path);
  const name = `http_sd ${shown}`;
  return {
    name,
    async run(set, problem, signal) {
      const headers = [...http.headers, ['X-Prometheus-Refresh-Interval-Seconds', String(everyMs / 1000)] as const];
      const client = new HttpClient(address, { ...http, headers }, { bytes: Number.POSITIVE_INFINITY, signal });
      let told = '';
      await new Again(everyMs, signal).run(async () => {
        try {
          const answer = await client.get(address.path, { limit: LIMIT, retries: 0 });
          if (!/^application\/json\b/i.test(answer.contentType))
            throw new GroupsError(`answers with ${shortType(answer.contentType)} and not with application/json`);
          const { targets, wrong } = parseGroups(answer.body.toString('utf8'), 'json', name, template);
          const now = JSON.stringify(targets.map(({ info }) => info));
          if (now !== told) set(targets);
          told = now;
          problem(wrong === null ? null : `${shown} ${wrong}`);
        } catch (error) {
          if (signal.aborted) return;
          const says = error instanceof GroupsError ? `${shown} ${error.message}` : messageOf(error);
          problem(told === '' ? says : `${says}; the last targets stay`);
        }
      });
    },
  };
}

function shortType(type: string): string {
  return type === '' ? 'no content type' : type.replace(/[^\x20-\x7e]/g, '').slice(0, 60);
}
