/**
 * The flame graph: an icicle from the root down, of one profile or of two. `compact` leaves out the table on wide
 * screens; it is on narrow ones and for screen readers all the same.
 */
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { FlameView } from '../../../src/watch/api/contract.ts';
import { useServices } from '../context.ts';
import { format } from '../format.ts';
import './flame.css';
import { Choice } from '../parts/choice.tsx';
import { changeInks, packageInks, palette, type Scale } from './colours.ts';
import { FrameLine, Tooltip } from './controls.tsx';
import { Legend } from './legend.tsx';
import { escapeSearch, parseSearch, search } from './search.ts';
import { LEVEL_HEIGHT } from './sizes.ts';
import { Stage } from './stage.ts';
import { TopTable } from './top-table.tsx';
import { buildTree, type Direction, layOut, type Mode } from './tree.ts';
import { frameSentence, frameWords, percent, ratio, unitOf } from './words.ts';

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

interface Props {
  readonly view: FlameView;
  readonly compact?: boolean;
}

export function FlameGraph({ view, compact = false }: Props) {
  const { theme, announce } = useServices();
  const id = useId();
  const compared = view.base !== null;
  const tree = useMemo(() => buildTree(view), [view]);
  const [wanted, setWanted] = useState<Mode>('both');
  const mode: Mode = compared ? wanted : 'after';
  const [scale, setScale] = useState<Scale>('absolute');
  const [text, setText] = useState('');
  const layout = useMemo(() => layOut(tree, mode), [tree, mode]);
  const inks = useMemo(() => (compared ? changeInks(tree, scale) : packageInks(tree)), [tree, scale, compared]);
  const colours = useMemo(() => palette(theme === 'dark'), [theme]);
  const expression = useMemo(() => parseSearch(text), [text]);
  const found = useMemo(() => (expression instanceof RegExp ? search(tree, expression) : null), [tree, expression]);
  const [selected, setSelected] = useState(0);
  const [zoomed, setZoomed] = useState(0);
  const [hover, setHover] = useState<{ row: number; x: number; y: number }>({ row: -1, x: 0, y: 0 });

  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const stage = useRef<Stage | null>(null);
  const state = { layout, inks, palette: colours, matches: found?.matches ?? null };
  const copy = (row: number) => {
    const { name } = frameWords(tree, row);
    // Not there where the page is neither on HTTPS nor on this machine.
    const done = navigator.clipboard?.writeText(name) ?? Promise.reject(new Error('no clipboard'));
    done.then(
      () => announce(`Copied ${name}`),
      () => announce('The browser does not let this page copy. Select the name below the graph instead.'),
    );
  };
  const copyNow = useRef(copy);
  copyNow.current = copy;

  useEffect(() => {
    const scroller = box.current?.querySelector<HTMLElement>('.flame-scroll');
    const canvas = box.current?.querySelector('canvas');
    const filler = box.current?.querySelector<HTMLElement>('.flame-filler');
    if (!scroller || !canvas || !filler) return;
    const made = new Stage({ scroller, canvas, filler }, state, {
      onSelect: setSelected,
      onZoom: setZoomed,
      onHover: (row, x, y) => setHover((old) => (row < 0 && old.row < 0 ? old : { row, x, y })),
      onCopy: (row) => copyNow.current(row),
    });
    stage.current = made;
    return () => {
      made.destroy();
      stage.current = null;
    };
  }, []);

  useEffect(() => {
    setSelected(0);
    setZoomed(0);
    setHover({ row: -1, x: 0, y: 0 });
  }, [tree]);
  useEffect(() => stage.current?.show(state), [layout, inks, colours, found]);

  const key = (event: KeyboardEvent) => {
    const at = stage.current;
    if (at === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) at.move(arrow);
    else if (event.key === 'Enter') at.zoom(at.selectedRow);
    else if (event.key === 'Escape' || event.key === 'Backspace') at.zoomOut();
    else if (event.key === 'Home') at.select(0);
    else if (event.key === '/') field.current?.focus();
    else if (event.key === 'c') copy(at.selectedRow);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const shownRow = hover.row >= 0 ? hover.row : selected;
  const words = frameWords(tree, Math.min(shownRow, tree.count - 1));
  const unit = unitOf(view.unit);
  const height = Math.max(4, tree.levels) * LEVEL_HEIGHT;
  return (
    <section class="flame" aria-label={`Flame graph: ${view.title}`}>
      <div class="flame-bar">
        {compared && (
          <>
            <Choice
              label="Show"
              value={wanted}
              onChange={setWanted}
              options={[
                ['both', 'All'],
                ['grew', 'Grew'],
                ['shrank', 'Shrank'],
              ]}
            />
            <Choice
              label="Colour by change"
              value={scale}
              onChange={setScale}
              options={[
                ['absolute', 'Absolute'],
                ['relative', 'Relative'],
              ]}
            />
          </>
        )}
        <label class="flame-search">
          <span class="sr-only">Search functions and files (regular expression)</span>
          <input
            ref={field}
            type="search"
            placeholder="Search (regular expression)"
            value={text}
            spellcheck={false}
            aria-invalid={typeof expression === 'string'}
            aria-describedby={`${id}-found`}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape' && event.key !== 'Enter') return;
              event.preventDefault();
              if (event.key === 'Escape') setText('');
              box.current?.focus();
            }}
          />
        </label>
        <button type="button" class="button" disabled={zoomed === 0} onClick={() => stage.current?.zoom(0)}>
          Whole graph
        </button>
      </div>
      <p
        id={`${id}-found`}
        class={typeof expression === 'string' ? 'form-problem flame-found' : 'flame-found'}
        role="status"
      >
        {typeof expression === 'string'
          ? expression
          : found === null
            ? ''
            : found.rows === 0
              ? 'No frame matches.'
              : foundText()}
      </p>
      <div
        class="flame-box"
        ref={box}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys; that is what it is for
        tabIndex={0}
        aria-label={`Flame graph of ${view.sampleType}, ${tree.count} frames`}
        aria-describedby={`${id}-keys`}
        onKeyDown={key}
      >
        <div class="flame-scroll" style={{ height: `min(${height}px, 68vh)` }}>
          <div class="flame-filler">
            <canvas />
          </div>
        </div>
        {layout.total === 0 && <p class="flame-nothing">{nothing(mode, view)}</p>}
        {hover.row >= 0 && <Tooltip words={frameWords(tree, hover.row)} x={hover.x} y={hover.y} />}
      </div>
      <p id={`${id}-keys`} class="sr-only">
        Arrow keys move between frames, Enter zooms in, Escape zooms out, slash searches, c copies the name. The table
        below has the same numbers.
      </p>
      <FrameLine
        words={words}
        onZoom={() => stage.current?.zoom(selected)}
        onCopy={() => copy(selected)}
        canZoom={selected !== zoomed}
      />
      <div class="sr-only" role="status" aria-live="polite">
        {selected > 0 ? frameSentence(frameWords(tree, Math.min(selected, tree.count - 1))) : ''}
      </div>
      <Legend tree={tree} layout={layout} palette={colours} scale={scale} />
      <div class={compact ? 'flame-top compact' : 'flame-top'}>
        <h3>Functions</h3>
        <TopTable
          key={`${view.sampleType} ${view.base === null}`}
          tree={tree}
          onPick={(name) => {
            setText(`^${escapeSearch(name)}$`);
            box.current?.scrollIntoView({ block: 'nearest' });
          }}
        />
      </div>
    </section>
  );

  function foundText(): string {
    if (found === null) return '';
    const frames = `${found.rows} ${found.rows === 1 ? 'frame' : 'frames'}`;
    const after = `${format(found.head, unit)}, ${percent(ratio(found.head, view.head_cum[0]))} of all`;
    if (!compared) return `${frames}: ${after}`;
    return `${frames}: after ${after}; before ${format(found.base, unit)}`;
  }
}

function nothing(mode: Mode, view: FlameView): string {
  if (mode === 'grew') return 'Nothing grew between the two profiles.';
  if (mode === 'shrank') return 'Nothing shrank between the two profiles.';
  return `The profile has no samples of ${view.sampleType}.`;
}
