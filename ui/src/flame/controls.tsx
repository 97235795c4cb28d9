/** Small parts around the canvas. */
import type { FrameWords } from './words.ts';

/** Follows the pointer. What it says is below the graph as well, where it can be read and copied. */
export function Tooltip({ words, x, y }: { readonly words: FrameWords; readonly x: number; readonly y: number }) {
  return (
    <div class="flame-tip" style={{ '--x': `${Math.round(x)}px`, '--y': `${Math.round(y)}px` }} aria-hidden="true">
      <strong>{words.name}</strong>
      {words.place !== '' && <span class="flame-tip-place">{words.place}</span>}
      <Numbers words={words} />
    </div>
  );
}

function Numbers({ words }: { readonly words: FrameWords }) {
  const { compared } = words;
  return (
    <dl class="flame-numbers">
      {compared === null ? (
        <>
          <Pair name="Value" value={`${words.after} (${words.share} of all)`} />
          <Pair name="Own" value={words.own} />
        </>
      ) : (
        <>
          <Pair name="Before" value={compared.before} />
          <Pair name="After" value={`${words.after} (${words.share} of all)`} />
          <Pair name="Change" value={`${compared.change}, ${compared.judged}`} />
        </>
      )}
    </dl>
  );
}

function Pair({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface LineProps {
  readonly words: FrameWords;
  readonly canZoom: boolean;
  readonly onZoom: () => void;
  readonly onCopy: () => void;
}

/** The frame that the pointer is on, or else the one that is selected; always as high, so that nothing jumps. */
export function FrameLine({ words, canZoom, onZoom, onCopy }: LineProps) {
  return (
    <div class="flame-line">
      <div class="flame-line-name">
        <strong>{words.name}</strong>
        {words.inlined && <span class="muted"> inlined</span>}
        <span class="flame-line-place">{words.place}</span>
      </div>
      <Numbers words={words} />
      <div class="flame-line-acts">
        <button type="button" class="button quiet" onClick={onZoom} disabled={!canZoom}>
          Zoom
        </button>
        <button type="button" class="button quiet" onClick={onCopy}>
          Copy name
        </button>
      </div>
    </div>
  );
}
