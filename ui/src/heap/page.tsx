/** A heap dump that was taken or saved: `#/heap?capture=CAPTURE`. */
import { useData, useServices, useTitle } from '../context.ts';
import { askFindings, askHeap } from '../endpoints.ts';
import { FindingList } from '../pages/finding-list.tsx';
import { Empty, When } from '../parts/states.tsx';
import { type Place, to } from '../router.ts';
import { HeapGraph } from './graph.tsx';

export function HeapPage({ place }: { readonly place: Place }) {
  const { capture = '' } = place.query;
  const loaded = useData(capture === '' ? null : askHeap(capture));
  // A report of a dump alone has no other place for what was found in it.
  const { data } = useServices();
  const findings = useData(data.range === null && data.start !== null ? askFindings() : null);
  useTitle('Heap graph');
  if (capture === '')
    return (
      <Empty title="No heap dump is chosen." page>
        <p>
          <a href={to.open()}>Open a heap dump</a> that runtime/debug.WriteHeapDump or the probe wrote.
        </p>
      </Empty>
    );
  return (
    <div class="page">
      <header class="page-head">
        <h1>Heap graph</h1>
        <p class="page-says">{loaded.value?.name ?? ' '}</p>
      </header>
      {findings.value !== null && findings.value.findings.length > 0 && (
        <FindingList findings={findings.value.findings} empty />
      )}
      <When of={loaded} height={480} label="Loading the heap dump">
        {(view) => <HeapGraph view={view} />}
      </When>
    </div>
  );
}
