/** What the keyboard can do. A real dialog: the browser keeps the focus in it and closes it with Escape. */
import { useEffect, useRef } from 'preact/hooks';

const KEYS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['/', 'Jump to a service, a finding or a page'],
      ['g then f, r, c, o, s', 'Fleet, Response, Compare, Open file, Status'],
      ['?', 'This help'],
      ['Esc', 'Close what is open'],
    ],
  ],
  [
    'Plots',
    [
      ['← →', 'Move the cursor of all plots'],
      ['Shift + ← →', 'Mark a range'],
      ['Enter', 'Zoom to the range marked'],
      ['Esc', 'Let go of the range'],
    ],
  ],
  [
    'Flame graph',
    [
      ['↑ ↓ ← →', 'To the caller, to callees, to siblings'],
      ['Enter', 'Zoom into the frame'],
      ['Esc', 'Zoom out'],
      ['/', 'Search'],
      ['c', 'Copy the name of the frame'],
    ],
  ],
];

export function Help({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="help-title" onClose={onClose}>
      <header class="dialog-head">
        <h2 id="help-title">Keyboard</h2>
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {KEYS.map(([group, keys]) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl class="keys">
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </dialog>
  );
}
