/** The captures of a range: what was taken, and any two of them to compare. */
import { useState } from 'preact/hooks';
import type { CaptureInfo } from '../../../src/watch/api/contract.ts';
import { useNow, useServices } from '../context.ts';
import { formatBytes, formatFull, formatMoment, shortBuild } from '../format.ts';
import { useLimit } from '../parts/limit.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { to } from '../router.ts';
import { flamePart } from './nearest-captures.ts';

export function CaptureList({ captures }: { readonly captures: readonly CaptureInfo[] }) {
  const { data } = useServices();
  const now = useNow(60_000);
  const { limit, more } = useLimit(captures.length, 'capture');
  const [base, setBase] = useState<string | null>(null);
  const [head, setHead] = useState<string | null>(null);
  if (captures.length === 0 || data.actions === null) return null;
  const shown = captures.slice(0, limit);
  return (
    <section aria-labelledby="captures-title">
      <div class="section-head">
        <h2 id="captures-title">Captures</h2>
        {base !== null && head !== null ? (
          <a class="button primary" href={to.compare(base, head)}>
            Compare the two
          </a>
        ) : (
          <span class="muted">Mark a base and a head to compare them</span>
        )}
      </div>
      <Scroll label="Table of captures">
        <table class="table dense captures">
          <thead>
            <tr>
              <th scope="col">Base</th>
              <th scope="col">Head</th>
              <th scope="col">Time</th>
              <th scope="col">Instance</th>
              <th scope="col">Why</th>
              <th scope="col">Build</th>
              <th scope="col">What</th>
              <th scope="col">
                <span class="sr-only">Flame graph</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => {
              const part = flamePart(one);
              const name = `${one.instance} ${formatFull(one.at)}`;
              return (
                <tr key={one.id}>
                  <td>
                    <input
                      type="radio"
                      name="base"
                      aria-label={`Base: ${name}`}
                      checked={base === one.id}
                      onChange={() => setBase(one.id)}
                    />
                  </td>
                  <td>
                    <input
                      type="radio"
                      name="head"
                      aria-label={`Head: ${name}`}
                      checked={head === one.id}
                      onChange={() => setHead(one.id)}
                    />
                  </td>
                  <th scope="row" title={formatFull(one.at)}>
                    {formatMoment(one.at, now, true)}
                  </th>
                  <td>{one.instance}</td>
                  <td>{WHY[one.reason]}</td>
                  <td>{one.build === null ? '–' : shortBuild(one.build)}</td>
                  <td>
                    <Parts of={one} />
                  </td>
                  <td>
                    {part !== null && (
                      <a href={to.flame(one.id, null, { part })}>
                        Flame graph<span class="sr-only"> of {name}</span>
                      </a>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {more}
    </section>
  );
}

const WHY = { schedule: 'schedule', signal: 'a signal fired', opened: 'opened file' } as const;

function Parts({ of }: { readonly of: CaptureInfo }) {
  return (
    <span class="parts">
      {of.parts.map((part) => (
        <span key={part.kind} class={part.error === null ? undefined : 'part-error'} title={part.error ?? undefined}>
          {part.kind}{' '}
          {part.error === null ? <span class="muted">{formatBytes(part.bytes)}</span> : `failed: ${part.error}`}
        </span>
      ))}
    </span>
  );
}
