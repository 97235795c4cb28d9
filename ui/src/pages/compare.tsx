/** Any two captures: what changed, and what the diagnosis says of it. */
import type { CaptureInfo, CompareView } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useTitle } from '../context.ts';
import { askCaptures, askCompare, askStatus } from '../endpoints.ts';
import { formatDuration, formatFull, formatMoment } from '../format.ts';
import { Empty, Failed, When } from '../parts/states.tsx';
import { type Place, to, withQuery } from '../router.ts';
import { ClusterChanges, MetricChanges, SiteChanges } from './compare-tables.tsx';
import { FoundList } from './found-list.tsx';
import { flamePart } from './nearest-captures.ts';

const LIMIT = 500;

export function ComparePage({ place }: { readonly place: Place }) {
  const { base = '', head = '' } = place.query;
  const captures = useData(askCaptures({ from: 0, limit: LIMIT }), (event) => event.kind === 'capture');
  const status = useData(askStatus());
  const services = new Map(status.value?.targets.map((one) => [one.id, one.service]));
  const ready = base !== '' && head !== '' && base !== head;
  const compared = useData(ready ? askCompare(base, head) : null, undefined, true);
  useTitle(ready && compared.value === null ? null : 'Compare');
  const go = (change: Readonly<Record<string, string | null>>) => {
    location.hash = withQuery(place, change);
  };
  const list = known(captures.value?.captures ?? [], ready ? compared.value : null);
  return (
    <div class="page">
      <div class="page-head">
        <h1>Compare</h1>
        <p class="page-says">
          {ready && compared.value !== null ? between(compared.value) : 'Any two captures, of one instance or of two'}
        </p>
      </div>
      {captures.error !== null && <Failed says={captures.error.message} onRetry={captures.again} />}
      <div class="pickers panel">
        <Picker
          label="Base: before"
          value={base}
          captures={list}
          services={services}
          onChange={(id) => go({ base: id })}
        />
        <button
          type="button"
          class="button"
          disabled={base === '' && head === ''}
          onClick={() => go({ base: head, head: base })}
        >
          Swap
        </button>
        <Picker
          label="Head: after"
          value={head}
          captures={list}
          services={services}
          onChange={(id) => go({ head: id })}
        />
      </div>
      {!ready && captures.value !== null && (
        <Empty title={captures.value.captures.length < 2 ? 'There are not two captures yet.' : 'Choose two captures.'}>
          <p>
            On the page of a <a href={to.fleet()}>service</a>, dragging over a plot marks a range; its ends can be
            compared from there. A <a href={to.open()}>file that you open</a> and keep is in the lists here.
          </p>
        </Empty>
      )}
      {ready && (
        <When of={compared} height={800} label="Comparing">
          {(value) => <Compared of={value} />}
        </When>
      )}
    </div>
  );
}

function Compared({ of }: { readonly of: CompareView }) {
  const part = flamePart(of.head);
  return (
    <div class="page">
      {of.verdict !== null && <p class="verdict-line panel">{of.verdict}</p>}
      <FoundList findings={of.findings} />
      {part !== null && flamePart(of.base) === part && (
        <p>
          <a class="button" href={to.flame(of.head.id, of.base.id, { part })}>
            Open as flame graph, before and after
          </a>
        </p>
      )}
      <SiteChanges sites={of.sites} />
      <ClusterChanges clusters={of.clusters} />
      <MetricChanges metrics={of.metrics} />
    </div>
  );
}

function between({ base, head }: CompareView): string {
  const apart = (head.at - base.at) / 1000;
  const same = base.target === head.target ? base.instance : `${base.instance} and ${head.instance}`;
  return `${same}, ${formatDuration(Math.abs(apart))} apart${apart < 0 ? ' (head is the earlier one)' : ''}`;
}

/** The captures to choose from; the two compared are among them, however old. */
function known(captures: readonly CaptureInfo[], compared: CompareView | null): CaptureInfo[] {
  const chosen = compared === null ? [] : [compared.base, compared.head];
  const missing = chosen.filter((one) => !captures.some((other) => other.id === one.id));
  return [...captures, ...missing];
}

interface PickerProps {
  readonly label: string;
  readonly value: string;
  readonly captures: readonly CaptureInfo[];
  /** Names of services by target. */
  readonly services: ReadonlyMap<string, string>;
  readonly onChange: (id: string) => void;
}

function Picker({ label, value, captures, services, onChange }: PickerProps) {
  const now = useNow(60_000);
  const groups = Map.groupBy(captures, (one) => one.target);
  const chosen = captures.find((one) => one.id === value);
  return (
    <label class="field grow">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">Choose a capture…</option>
        {value !== '' && chosen === undefined && <option value={value}>{value}</option>}
        {[...groups].map(([target, own]) => (
          <optgroup key={target} label={[services.get(target) ?? 'Opened files', own[0]?.instance].join(' ')}>
            {own.map((one) => (
              <option key={one.id} value={one.id}>
                {[services.get(target), one.instance, formatMoment(one.at, now, true)].filter(Boolean).join(' · ')}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <span class="muted picker-says">{chosen === undefined ? ' ' : formatFull(chosen.at)}</span>
    </label>
  );
}
