/** One finding: the sentence, what it rests on, how it comes about, and what to do. */
import type { FindingDetail, FindingView } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useServices, useTitle } from '../context.ts';
import { askFinding, askFlame } from '../endpoints.ts';
import { FlameGraph } from '../flame/graph.tsx';
import {
  format,
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatFull,
  formatMoment,
  formatRange,
  formatRate,
  formatTimeToLimit,
  shortBuild,
} from '../format.ts';
import { Fact } from '../parts/fact.tsx';
import { FleetCrumb } from '../parts/fleet-crumb.tsx';
import { CodePlace } from '../parts/place.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { SeriesPlot } from '../parts/series-plot.tsx';
import { SeveritySign, StateSign, VerdictSign } from '../parts/signs.tsx';
import { When } from '../parts/states.tsx';
import { Clocks, UrgencySign } from '../respond/clocks.tsx';
import { type Place, to } from '../router.ts';
import { FindingActions } from './finding-actions.tsx';

export function FindingPage({ place }: { readonly place: Place }) {
  const id = place.path[1] ?? '';
  const detail = useData(
    askFinding(id),
    (event) => (event.kind === 'finding' && event.id === id) || event.kind === 'incident',
  );
  useTitle(detail.value?.finding.title ?? null);
  return (
    <>
      {detail.value === null && <h1 class="sr-only">Finding</h1>}
      <When of={detail} height={1200} label="Loading the finding">
        {(value) => (
          <article class="page finding">
            <Head of={value.finding} />
            <Facts of={value.finding} />
            <Owed of={value.incident} />
            <Evidence of={value} />
            <Chain of={value.finding} />
            <WindowFlame of={value.finding} />
            <Source of={value.source} />
            <section class="panel fix" aria-labelledby="fix-title">
              <h2 id="fix-title">What to do</h2>
              <p>{value.finding.fix.text}</p>
              <p class="muted">
                More in <code>hemostat explain {value.finding.rule}</code>
              </p>
            </section>
            <div class="two">
              {value.events.length > 0 && <Life events={value.events} of={value.finding} />}
              <FindingActions of={value.finding} onDone={detail.again} />
            </div>
          </article>
        )}
      </When>
    </>
  );
}

function Head({ of }: { readonly of: FindingView }) {
  const { data } = useServices();
  const now = useNow();
  return (
    <header>
      <p class="crumbs">
        <FleetCrumb />
        <a href={data.start ?? to.service(of.environment, of.service)}>{of.service}</a>
        <span>{of.rule}</span>
      </p>
      <div class="finding-line">
        <SeveritySign of={of.severity} />
        <VerdictSign of={of.verdict} />
        <StateSign of={of.state} silencedUntil={of.silencedUntil} now={now} />
        <span class="muted">
          first seen {formatAgo(of.firstSeen, now)}
          {of.firstBuild !== null && <> in build {shortBuild(of.firstBuild)}</>}, last seen{' '}
          {formatAgo(of.lastSeen, now)}
        </span>
      </div>
      <h1>{of.title}</h1>
      {of.where.function !== '' && <CodePlace of={of.where} />}
      {of.resolvedBy !== null && <p class="resolved-by">Resolved: {of.resolvedBy}</p>}
    </header>
  );
}

/** Who owes what by when for it. */
function Owed({ of }: { readonly of: FindingDetail['incident'] }) {
  if (!of || of.clocks.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="owed-title">
      <div class="section-head">
        <h2 id="owed-title">{of.state === 'open' ? 'Who owes what' : 'What was owed'}</h2>
        <UrgencySign of={of} />
        <a class="button" href={to.incident(of.id)}>
          Open the incident
        </a>
      </div>
      <Clocks of={of.clocks} label="Clocks" />
    </section>
  );
}

function Facts({ of }: { readonly of: FindingView }) {
  const { growth, holds } = of;
  return (
    <dl class="facts">
      {growth !== null && (
        <Fact name="Growth" value={formatRate(growth.perHour)}>
          95 % interval {formatRate(growth.low)} to {formatRate(growth.high)}
          {growth.pValue !== null && (growth.pValue < 0.001 ? ', p < 0.001' : `, p = ${growth.pValue.toFixed(3)}`)}
        </Fact>
      )}
      {growth?.limit && of.state !== 'resolved' && (
        <Fact name="Limit reached in" value={formatTimeToLimit(growth.timeToLimit)}>
          {formatBytes(growth.limit.bytes)} ({growth.limit.source})
        </Fact>
      )}
      {holds !== null && (
        <Fact name="Holds" value={formatBytes(holds.bytes)}>
          {holds.objects > 0 ? `in ${formatCount(holds.objects)} objects` : ''}
        </Fact>
      )}
      {of.count !== null && !isBurst(of) && (
        <Fact name="Count" value={formatCount(of.count)}>
          {of.state === 'resolved' ? 'when it was seen last' : 'now'}
        </Fact>
      )}
      <Fact
        name={isBurst(of) ? 'Seen' : 'Window'}
        value={isBurst(of) ? formatDuration((of.to - of.from) / 1000) : of.window.replace(/(\d+)/, '$1 ')}
      >
        {formatRange(of.from, of.to)}
      </Fact>
      {of.instances.length > 0 && (
        <Fact name={of.instances.length === 1 ? 'Instance' : 'Instances'} value={formatCount(of.instances.length)}>
          {of.instances
            .slice(0, 3)
            .map((one) => one.instance)
            .join(', ')}
          {of.instances.length > 3 && ', …'}
        </Fact>
      )}
    </dl>
  );
}

/** What one window of counts says: nothing that grows. */
function isBurst({ rule }: Pick<FindingView, 'rule'>): boolean {
  return rule === 'syscall-rate-anomaly' || rule === 'syscall-never-seen';
}

const LEGS: Readonly<Record<string, string>> = {
  gc: 'Garbage collector',
  goroutine: 'Goroutines',
  heap: 'Heap profile',
  process: 'Process',
  load: 'Load',
  graph: 'Heap dump',
  runtime: 'Runtime',
  source: 'Source code',
  syscall: 'System calls',
};

/** Every leg in words, with its plot beside them. */
function Evidence({ of: { finding, plots } }: { readonly of: FindingDetail }) {
  return (
    <section aria-labelledby="evidence-title">
      <h2 id="evidence-title">Evidence</h2>
      <ul class="legs">
        {finding.evidence.map((item, i) => {
          // Where one leg speaks twice, its plots stand beside the first.
          const first = finding.evidence.findIndex((other) => other.leg === item.leg) === i;
          const own = first ? plots.filter((plot) => plot.leg === item.leg) : [];
          return (
            <li key={`${item.leg} ${item.says}`} class="leg panel">
              <div class="leg-words">
                <h3>{LEGS[item.leg] ?? item.leg}</h3>
                <p>{item.says}</p>
                <Numbers of={item.numbers} />
              </div>
              <div class="leg-plots">
                {own.map(({ series }) => (
                  <div key={series.name}>
                    <p class="leg-plot-name">
                      {PLOT_NAMES[series.name] ?? series.name}
                      <span class="num">
                        {format(series.value.findLast((one) => one !== null) ?? null, series.unit)}
                      </span>
                    </p>
                    <SeriesPlot
                      title={PLOT_NAMES[series.name] ?? series.name}
                      of={series}
                      range={plotRange(series.at, finding)}
                      height={96}
                      sync="finding"
                      small
                    />
                  </div>
                ))}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const PLOT_NAMES: Readonly<Record<string, string>> = {
  'live-heap': 'Live heap after GC',
  rss: 'RSS',
  limit: 'Limit',
  load: 'Load',
  goroutines: 'Goroutines',
};

/** The window of the finding; a little air where it has one point only. */
function plotRange(at: readonly number[], of: FindingView): { from: number; to: number } {
  const from = Math.min(of.from, at[0] ?? of.from);
  const end = Math.max(of.to, at.at(-1) ?? of.to);
  return end > from ? { from, to: end } : { from: from - 30_000, to: end + 30_000 };
}

function Numbers({ of }: { readonly of: FindingView['evidence'][number]['numbers'] }) {
  if (of.length === 0) return null;
  return (
    <details class="numbers">
      <summary>Numbers</summary>
      <dl>
        {of.map((one) => (
          <div key={one.name}>
            <dt>{one.name}</dt>
            <dd>
              {format(one.value, one.unit)}
              {one.low !== undefined && one.high !== undefined && (
                <span class="muted">
                  {' '}
                  ({format(one.low, one.unit)} to {format(one.high, one.unit)})
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const STEPS: Readonly<Record<string, string>> = {
  goroutine: 'goroutine',
  'created-by': 'created by',
  'blocked-at': 'waits at',
  'allocated-at': 'allocated at',
  frame: 'frame',
  object: 'object',
  root: 'root',
  mapping: 'mapping',
  source: 'source',
};

function Chain({ of }: { readonly of: FindingView }) {
  if (of.chain.length === 0) return null;
  return (
    <section aria-labelledby="chain-title">
      <h2 id="chain-title">How it comes about</h2>
      <ol class="chain panel">
        {of.chain.map((step, i) => (
          <li key={`${i} ${step.text}`}>
            <span class="chain-kind">{STEPS[step.kind] ?? step.kind}</span>
            <span class="chain-text">
              {step.text}
              {step.where !== undefined && (
                <span class="step-place">
                  <CodePlace of={step.where} />
                </span>
              )}
              {step.bytes !== undefined && <span class="muted"> · {formatBytes(step.bytes)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What grew between the two ends of the window. */
function WindowFlame({ of }: { readonly of: FindingView }) {
  const flame = useData(of.head === null ? null : askFlame(of.head, of.base));
  if (of.head === null) return null;
  return (
    <section aria-labelledby="flame-title">
      <div class="section-head">
        <h2 id="flame-title">{of.base === null ? 'Heap at the end of the window' : 'Heap before and after'}</h2>
        <a class="button" href={to.flame(of.head, of.base)}>
          Open the flame graph
        </a>
        {of.base !== null && (
          <a class="button" href={to.compare(of.base, of.head)}>
            Compare the captures
          </a>
        )}
      </div>
      <div class="panel">
        <When of={flame} height={420} label="Loading the flame graph">
          {(view) => <FlameGraph view={view} compact />}
        </When>
      </div>
    </section>
  );
}

function Source({ of }: { readonly of: FindingDetail['source'] }) {
  if (of === null) return null;
  return (
    <section aria-labelledby="source-title">
      <h2 id="source-title">
        Source <code class="muted">{of.file}</code>
      </h2>
      <Scroll class="source panel" label={`Source of ${of.file}`}>
        <ol start={of.firstLine}>
          {of.lines.map((text, i) => {
            const line = of.firstLine + i;
            return (
              <li
                key={line}
                class={line === of.line ? 'here' : undefined}
                aria-current={line === of.line ? 'true' : undefined}
              >
                <span class="source-line" aria-hidden="true">
                  {line}
                </span>
                <code>{text === '' ? ' ' : text}</code>
              </li>
            );
          })}
        </ol>
      </Scroll>
    </section>
  );
}

function Life({ events, of }: { readonly events: FindingDetail['events']; readonly of: FindingView }) {
  const now = useNow(60_000);
  return (
    <section class="panel" aria-labelledby="life-title">
      <h2 id="life-title">Life</h2>
      <ol class="life">
        {events.length === 0 && (
          <li>
            <time dateTime={new Date(of.firstSeen).toISOString()} title={formatFull(of.firstSeen)}>
              {formatMoment(of.firstSeen, now)}
            </time>
            <strong>seen</strong>
            <span>It is told once it was measured again.</span>
          </li>
        )}
        {events.map((event) => (
          <li key={`${event.at} ${event.kind}`}>
            <time dateTime={new Date(event.at).toISOString()} title={formatFull(event.at)}>
              {formatMoment(event.at, now)}
            </time>
            <strong>{event.kind}</strong>
            <span>{event.says}</span>
          </li>
        ))}
      </ol>
      <p class="muted life-note">
        Last measured {formatAgo(of.lastMeasured, now)}.
        {of.state !== 'resolved' &&
          (isBurst(of)
            ? ' It resolves after some windows in a row without it.'
            : ' It resolves when it is measured not to grow any more.')}
      </p>
    </section>
  );
}
