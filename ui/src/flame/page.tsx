/** A profile, or two: `#/flame?head=CAPTURE&base=CAPTURE&type=inuse_space&part=heap`. */
import { useEffect, useRef } from 'preact/hooks';
import { useData, useTitle } from '../context.ts';
import { askFlame } from '../endpoints.ts';
import { Empty, When } from '../parts/states.tsx';
import { type Place, to, withQuery } from '../router.ts';
import { isTyping } from '../typing.ts';
import { FlameGraph } from './graph.tsx';
import { typeName } from './types.ts';

export function FlamePage({ place }: { readonly place: Place }) {
  const { head = '', base = '', type = '', part = '' } = place.query;
  const ask = head === '' ? null : askFlame(head, base === '' ? null : base, { type, part });
  const loaded = useData(ask, undefined, true);
  const view = loaded.value;
  const page = useRef<HTMLDivElement>(null);
  useTitle(view === null ? 'Flame graph' : `Flame graph, ${view.title}`);
  useSlash(page);
  if (ask === null)
    return (
      <Empty title="No profile is chosen." page>
        <p>
          Choose captures on the page of a service, or <a href={to.open()}>open a file</a>.
        </p>
      </Empty>
    );
  return (
    <div class="page" ref={page}>
      <header class="page-head">
        <h1>{view?.base === null ? 'Flame graph' : 'Flame graph, before and after'}</h1>
        <p class="page-says">{view?.title ?? ' '}</p>
      </header>
      {view !== null && (
        <div class="flame-bar">
          <label class="field">
            <span>Sample type</span>
            <select
              value={view.sampleType}
              onChange={(event) => {
                location.hash = withQuery(place, { type: event.currentTarget.value });
              }}
            >
              {view.sampleTypes.map(({ type: name }) => (
                <option key={name} value={name}>
                  {typeName(name)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <When of={loaded} height={560} label="Loading the profile">
        {(found) => (
          <>
            <h2 class="sr-only">Graph</h2>
            <FlameGraph view={found} />
          </>
        )}
      </When>
    </div>
  );
}

/** On this page `/` searches the graph; elsewhere it jumps. Before the shell hears of it, so in the capture phase. */
function useSlash(page: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const field = page.current?.querySelector<HTMLInputElement>('.flame-search input');
      if (!field) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      field.focus();
    };
    addEventListener('keydown', pressed, true);
    return () => removeEventListener('keydown', pressed, true);
  }, [page]);
}
