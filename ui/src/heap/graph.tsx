/** A heap dump: what is proven, who holds what and by which way, pools and channels. */
import { useState } from 'preact/hooks';
import type { HeapGraphView } from '../../../src/watch/api/contract.ts';
import { formatBytes, formatCount, plural } from '../format.ts';
import './heap.css';
import { Channels, Pools } from './tables.tsx';

type HolderView = HeapGraphView['holders'][number];

export function HeapGraph({ view }: { readonly view: HeapGraphView }) {
  const { heap, goroutines, holders } = view;
  const [chosen, setChosen] = useState(0);
  const holder = holders[chosen] ?? holders[0];
  const unreachable = heap.bytes - heap.reachable;
  return (
    <div class="heap">
      <section class="panel" aria-label="Proof">
        <p class="heap-verdict">{view.verdict}</p>
        <dl class="heap-numbers">
          <Fact name="Goroutines" value={formatCount(goroutines.total)} />
          <Fact name="Parked" value={formatCount(goroutines.parked)} />
          <Fact name="Can never run again" value={formatCount(goroutines.proven)} />
          <Fact name="Heap" value={`${formatBytes(heap.bytes)} in ${plural(heap.objects, 'object')}`} />
          <Fact name="Reachable" value={formatBytes(heap.reachable)} />
          <Fact name="Not reachable" value={formatBytes(unreachable)} />
        </dl>
        <p class="muted">
          {view.name}
          {view.goVersion === '' ? '' : ` · ${view.goVersion}`}
        </p>
      </section>
      <section aria-labelledby="heap-holders">
        <h2 id="heap-holders">Who holds the heap</h2>
        {holder === undefined ? (
          <p class="muted">
            No single holder stands out: what is in use is held from many places, or the dump was cut short.
          </p>
        ) : (
          <>
            <p class="muted">
              Bytes that would be free without the holder, most first. Choose one to see the way to them.
            </p>
            <div class="heap-split">
              <Holders holders={holders} whole={heap.bytes} chosen={chosen} onChoose={setChosen} />
              <Path holder={holder} />
            </div>
          </>
        )}
      </section>
      <Pools pools={view.pools} />
      <Channels channels={view.channels} />
      {view.notes.length > 0 && (
        <section aria-labelledby="heap-notes">
          <h2 id="heap-notes">Notes</h2>
          <ul class="heap-notes">
            {view.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface HoldersProps {
  readonly holders: readonly HolderView[];
  /** Bytes that a bar of full width stands for. */
  readonly whole: number;
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

function Holders({ holders, whole, chosen, onChoose }: HoldersProps) {
  const longest = Math.max(1, ...holders.map(({ bytes }) => bytes));
  return (
    <ul class="heap-holders">
      {holders.map((holder, i) => (
        <li key={`${i}-${holder.name}`}>
          <button type="button" aria-pressed={i === chosen} onClick={() => onChoose(i)}>
            <span class="heap-holder-name">{holder.name}</span>
            <span class="num">
              {formatBytes(holder.bytes)}
              <span class="muted"> {share(holder.bytes, whole)}</span>
            </span>
            <span class={`heap-bar ${holder.kind === 'leaked goroutines' ? 'leaked' : ''}`} aria-hidden="true">
              <i style={{ width: `${(holder.bytes / longest) * 100}%` }} />
            </span>
            {holder.kind === 'leaked goroutines' && <span class="heap-kind">can never run again</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** From the holder on, each time to what retains most. */
function Path({ holder }: { readonly holder: HolderView }) {
  return (
    <div class="heap-path panel" aria-live="polite">
      <h3>From the root</h3>
      <ol>
        <li>
          <span class="heap-step">{holder.name}</span>
          <span class="num">{formatBytes(holder.bytes)}</span>
        </li>
        {holder.path.map((step, i) => (
          <li key={`${i}-${step.text}`}>
            <span class="heap-step">{step.text}</span>
            {step.bytes !== undefined && <span class="num">{formatBytes(step.bytes)}</span>}
          </li>
        ))}
      </ol>
      {holder.path.length === 0 && (
        <p class="muted">From here on the bytes are spread over many objects, none of them with a large part.</p>
      )}
    </div>
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${((part / whole) * 100).toFixed(part / whole < 0.0995 ? 1 : 0)} %`;
}
