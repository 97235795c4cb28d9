/** A heap dump that was taken or saved: `#/heap?capture=CAPTURE`. */
import { useData, useTitle } from '../context.ts';
import { askHeap } from '../endpoints.ts';
import { Empty, When } from '../parts/states.tsx';
import { type Place, to } from '../router.ts';
import { HeapGraph } from './graph.tsx';

export function HeapPage({ place }: { readonly place: Place }) {
  const { capture = '' } = place.query;
  const loaded = useData(capture === '' ? null : askHeap(capture));
  useTitle('Heap graph');
  if (capture === '')
    return (
      <Empty title="No heap dump is chosen.">
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
      <When of={loaded} height={480} label="Loading the heap dump">
        {(view) => <HeapGraph view={view} />}
      </When>
    </div>
  );
}
