/** Severity, verdict and state: always a shape and a word beside the colour. */

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

const SHAPES: Readonly<Record<Severity | 'none', string>> = {
  critical: 'M6 0 12 6 6 12 0 6z',
  high: 'M6 .8 11.8 11.200H.2z',
  medium: 'M1 1h10v10H1z',
  low: 'M6 .5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z',
  info: 'M6 .5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM6 2.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  none: 'M1.5 6.2 4.7 9.4 10.7 2.8',
};

const WORDS: Readonly<Record<Severity | 'none', string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
  none: 'Nothing found',
};

/** The shape alone is only for where the word stands beside it already. */
export function SeveritySign({ of, word = true }: { readonly of: Severity | null; readonly word?: boolean }) {
  const kind = of ?? 'none';
  return (
    <span class={`severity ${kind}`}>
      <svg
        viewBox="0 0 12 12"
        width="12"
        height="12"
        role={word ? undefined : 'img'}
        aria-label={word ? undefined : WORDS[kind]}
        aria-hidden={word ? 'true' : undefined}
      >
        <path d={SHAPES[kind]} fill-rule="evenodd" />
      </svg>
      {word && <span>{WORDS[kind]}</span>}
    </span>
  );
}

const CERTAINTY = { proven: 3, confirmed: 2, suspected: 1, cleared: 0 } as const;
const CERTAIN = {
  proven: 'Proven: the heap dump shows that nothing can free it',
  confirmed: 'Confirmed: independent observations agree',
  suspected: 'Suspected: one observation, or they do not all agree',
  cleared: 'Cleared: looks like a leak and is none',
} as const;

/** How sure, as a word with three steps beside it. */
export function VerdictSign({ of }: { readonly of: keyof typeof CERTAINTY }) {
  return (
    <span class={`verdict ${of}`} title={CERTAIN[of]}>
      <span class="steps" aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <i key={step} class={step <= CERTAINTY[of] ? 'on' : undefined} />
        ))}
      </span>
      {of}
    </span>
  );
}

/** Open, acknowledged, resolved or regressed, and whether it is silenced now. */
export function StateSign({
  of,
  silencedUntil,
  now,
}: {
  readonly of: string;
  readonly silencedUntil: number | null;
  readonly now: number;
}) {
  return (
    <span class={`state ${of}`}>
      {of}
      {silencedUntil !== null && silencedUntil > now && ', silenced'}
    </span>
  );
}
