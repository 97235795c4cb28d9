/** Findings of a service, worst first; resolved ones folded away. */
import type { FindingView } from '../../../src/watch/api/contract.ts';
import { useNow } from '../context.ts';
import { formatAgo, formatRate, formatTimeToLimit, plural } from '../format.ts';
import { SeveritySign, StateSign, VerdictSign } from '../parts/signs.tsx';
import { Empty } from '../parts/states.tsx';
import { to } from '../router.ts';

/** Open ones before, the others after: resolved, or cleared by the diagnosis. */
export function splitFindings(findings: readonly FindingView[]): [FindingView[], FindingView[]] {
  const open = (of: FindingView): boolean => of.state !== 'resolved' && of.verdict !== 'cleared';
  return [findings.filter(open), findings.filter((of) => !open(of))];
}

/** `measured`: there are captures, so that an empty list says something. */
export function FindingList({
  findings,
  empty: measured,
}: {
  readonly findings: readonly FindingView[];
  readonly empty: boolean;
}) {
  const [open] = splitFindings(findings);
  return (
    <section aria-labelledby="findings-title">
      <h2 id="findings-title" class="sr-only">
        Findings
      </h2>
      {open.length === 0 && (
        <Empty title={measured ? 'Nothing found.' : 'Waiting for the first captures.'}>
          <p class="muted">
            {measured
              ? 'Nothing grows that the load does not explain. Each capture is looked at over 1 h, 6 h, 24 h and 7 d.'
              : 'A first answer needs a handful of captures; how often they are taken is in the configuration.'}
          </p>
        </Empty>
      )}
      <FindingCards findings={findings} />
    </section>
  );
}

/** Open ones as cards, the others folded away. */
export function FindingCards({ findings }: { readonly findings: readonly FindingView[] }) {
  const [open, past] = splitFindings(findings);
  return (
    <>
      <ul class="findings">
        {open.map((finding) => (
          <FindingCard key={finding.id} of={finding} />
        ))}
      </ul>
      {past.length > 0 && (
        <details class="past">
          <summary>{plural(past.length, 'finding')} resolved or cleared</summary>
          <ul class="findings">
            {past.map((finding) => (
              <FindingCard key={finding.id} of={finding} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function FindingCard({ of }: { readonly of: FindingView }) {
  const now = useNow();
  return (
    <li class={`finding-card ${of.verdict === 'cleared' || of.state === 'resolved' ? 'past' : of.severity}`}>
      <div class="finding-line">
        <SeveritySign of={of.severity} />
        <VerdictSign of={of.verdict} />
        {of.state !== 'open' && <StateSign of={of.state} silencedUntil={of.silencedUntil} now={now} />}
        <span class="muted">first seen {formatAgo(of.firstSeen, now)}</span>
      </div>
      <a class="finding-title" href={to.finding(of.id)}>
        {of.title}
      </a>
      <div class="finding-line muted">
        {of.growth !== null && <span>{formatRate(of.growth.perHour)}</span>}
        {of.growth !== null && of.growth.timeToLimit !== null && (
          <span>limit reached in {formatTimeToLimit(of.growth.timeToLimit)}</span>
        )}
        <span>{plural(of.instances.length, 'instance')}</span>
      </div>
    </li>
  );
}
