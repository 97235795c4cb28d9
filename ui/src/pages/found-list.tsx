/** Findings of a comparison or of a file: they have no life, so no page of their own. */
import type { CompareView } from '../../../src/watch/api/contract.ts';
import { CodePlace } from '../parts/place.tsx';
import { SeveritySign, VerdictSign } from '../parts/signs.tsx';

export function FoundList({ findings }: { readonly findings: CompareView['findings'] }) {
  if (findings.length === 0) return null;
  return (
    <section aria-labelledby="found-title">
      <h2 id="found-title" class="sr-only">
        Findings
      </h2>
      <ul class="findings">
        {findings.map((finding) => (
          <li
            key={`${finding.rule} ${finding.title}`}
            class={`finding-card ${finding.verdict === 'cleared' ? 'past' : finding.severity}`}
          >
            <div class="finding-line">
              <SeveritySign of={finding.severity} />
              <VerdictSign of={finding.verdict} />
              <span class="muted">{finding.rule}</span>
            </div>
            <p class="finding-title">{finding.title}</p>
            <CodePlace of={finding.where} />
          </li>
        ))}
      </ul>
    </section>
  );
}
