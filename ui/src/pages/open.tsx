/** Drop a profile, a dump or a log: the server says what is in it, and keeps nothing unless asked to. */
import { useRef, useState } from 'preact/hooks';
import type { OpenedView } from '../../../src/watch/api/contract.ts';
import { useServices, useTitle } from '../context.ts';
import { Empty, Failed } from '../parts/states.tsx';
import { Opened } from './opened.tsx';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending'; readonly name: string; readonly share: number; readonly stop: () => void }
  | { readonly kind: 'failed'; readonly says: string }
  | { readonly kind: 'done'; readonly view: OpenedView; readonly body: Blob };

export function OpenPage() {
  const { data, announce } = useServices();
  const [state, setState] = useState<State>({ kind: 'idle' });
  const [over, setOver] = useState(false);
  const [pasted, setPasted] = useState('');
  const file = useRef<HTMLInputElement>(null);
  useTitle('Open file');
  const { actions } = data;
  if (actions === null) return <Empty title="A report cannot open files: there is no server behind it." page />;

  const send = async (name: string, body: Blob, save: boolean) => {
    const controller = new AbortController();
    const stop = () => controller.abort();
    const progress = (share: number) => setState({ kind: 'sending', name, share, stop });
    progress(0);
    try {
      const view = await actions.upload({ name, body, save, progress, signal: controller.signal });
      setState({ kind: 'done', view, body });
      announce(view.says);
    } catch (error) {
      if (controller.signal.aborted) setState({ kind: 'idle' });
      else setState({ kind: 'failed', says: error instanceof Error ? error.message : String(error) });
    }
  };
  const take = (files: FileList | null | undefined) => {
    const first = files?.[0];
    if (first !== undefined) void send(first.name, first, false);
  };
  return (
    <div class="page">
      <div class="page-head">
        <h1>Open file</h1>
        <p class="page-says">A pprof profile, a heap or goroutine dump, a GC trace, a page of metrics</p>
      </div>
      <fieldset
        class={over ? 'drop over' : 'drop'}
        aria-label="Drop a file"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files);
        }}
      >
        <p class="drop-title">Drop a file here</p>
        <p>
          <button type="button" class="button primary" onClick={() => file.current?.click()}>
            Choose a file…
          </button>
          <input
            ref={file}
            type="file"
            class="sr-only"
            aria-label="File to open"
            tabIndex={-1}
            onChange={(event) => {
              take(event.currentTarget.files);
              event.currentTarget.value = '';
            }}
          />
        </p>
        <p class="muted">It is analysed on the server and not kept, unless you say so afterwards.</p>
        <details class="paste">
          <summary>Or paste text</summary>
          <textarea
            rows={6}
            aria-label="Text of a goroutine dump, a GC trace or a metrics page"
            placeholder="goroutine 1 [chan receive]: …"
            value={pasted}
            onInput={(event) => setPasted(event.currentTarget.value)}
          />
          <button
            type="button"
            class="button"
            disabled={pasted.trim() === ''}
            onClick={() => send('pasted.txt', new Blob([pasted]), false)}
          >
            Analyse the text
          </button>
        </details>
      </fieldset>
      {state.kind === 'sending' && <Sending of={state} />}
      {state.kind === 'failed' && <Failed says={state.says} />}
      {state.kind === 'done' && (
        <Opened of={state.view} onSave={() => send(state.view.name, state.body, true)} key={state.view.capture} />
      )}
    </div>
  );
}

function Sending({ of }: { readonly of: Extract<State, { kind: 'sending' }> }) {
  const { name, share, stop } = of;
  return (
    <div class="sending panel">
      <label class="grow">
        <span>{share < 1 ? `Sending ${name}` : `Analysing ${name}`}</span>
        {/* Without a value the bar says that it goes on, not how far. */}
        <progress {...(share < 1 ? { value: share } : {})} max={1} />
      </label>
      <button type="button" class="button" onClick={stop}>
        Cancel
      </button>
    </div>
  );
}
