/**
 * A plot over time, with uPlot (https://github.com/leeoniya/uPlot). Its cursor is shared with all plots of the page, and
 * is a slider for the keyboard and for screen readers; its numbers are in a table on demand.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useServices } from '../context.ts';
import { format, formatRange, formatTime } from '../format.ts';
import { nearest, stack } from './plot-math.ts';
import { makePlot, type PlotSpan, type PlotTick } from './plot-uplot.ts';
import { ValuesTable } from './values-table.tsx';

export interface PlotSeries {
  readonly name: string;
  readonly value: readonly (number | null)[];
  /** Name of a colour: `plot-1` … `plot-8`, `muted`. */
  readonly color: string;
  /** A line on top of a stack, one that is dashed (a limit), or marks of single points. */
  readonly kind?: 'line' | 'dashed' | 'marks';
  /** What the number is, for the legend's title. */
  readonly how?: string;
}

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface PlotProps {
  readonly title: string;
  readonly unit: string;
  /** ms, ascending. */
  readonly at: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly range: TimeRange;
  readonly stacked?: boolean;
  /** Height of the canvas, px. */
  readonly height?: number;
  readonly ticks?: readonly PlotTick[];
  readonly spans?: readonly PlotSpan[];
  /** Lowest and highest value that are normal: shaded. The legend does not have it; words beside the plot do. */
  readonly band?: readonly [number, number] | null;
  readonly selected?: TimeRange | null;
  readonly onSelect?: ((range: TimeRange | null) => void) | undefined;
  readonly onZoom?: ((range: TimeRange) => void) | undefined;
  /** Plots with the same key share their cursor. */
  readonly sync?: string;
  /** Without a heading: beside words that say what it is. */
  readonly small?: boolean;
}

const NONE: readonly never[] = [];

export function Plot(props: PlotProps) {
  const { title, unit, at, series, range, stacked = false, height = 150, small = false, sync } = props;
  const { ticks = NONE, spans = NONE, selected = null, band = null } = props;
  const { theme } = useServices();
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<ReturnType<typeof makePlot> | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [table, setTable] = useState(false);
  const onSelect = useRef(props.onSelect);
  onSelect.current = props.onSelect;

  const columns = useMemo(() => {
    if (!stacked) return series.map((one) => one.value);
    const layers = series.filter((one) => one.kind === undefined);
    const sums = stack(layers.map((one) => one.value));
    return series.map((one) => sums[layers.indexOf(one)] ?? one.value);
  }, [series, stacked]);
  const shape = series.map((one) => `${one.name}\t${one.color}\t${one.kind ?? ''}`).join('\n');

  // Made again when something else than the numbers changes; colours are read from the style sheet while it is made.
  useEffect(() => {
    if (host.current === null) return;
    const plot = makePlot(host.current, {
      unit,
      series,
      stacked,
      height,
      small,
      sync,
      selectable: onSelect.current !== undefined,
      onCursor: setCursor,
      onSelect: (found) => onSelect.current?.(found),
    });
    drawn.current = plot;
    return () => {
      drawn.current = null;
      plot.destroy();
    };
  }, [shape, unit, stacked, height, small, sync, theme]);
  useEffect(() => {
    drawn.current?.setData(at, columns, range, ticks, spans, band);
  }, [
    at,
    columns,
    range.from,
    range.to,
    ticks,
    spans,
    band?.[0],
    band?.[1],
    shape,
    unit,
    stacked,
    height,
    small,
    sync,
    theme,
  ]);
  useEffect(() => {
    drawn.current?.setSelected(selected);
  }, [selected?.from, selected?.to, at, range.from, range.to, theme]);

  const index = cursor ?? at.length - 1;
  const key = (event: KeyboardEvent) => pressed(event, props, index, (next) => drawn.current?.moveTo(next));
  const now = describe(props, index);
  return (
    <figure class={small ? 'plot small' : 'plot'}>
      {!small && (
        <figcaption>
          <span class="plot-title">{title}</span>
          {!stacked && series.length === 1 && (
            <span class="plot-now">{format(series[0]?.value[index] ?? null, unit)}</span>
          )}
          <span class="plot-when">{cursor === null || at.length === 0 ? '' : formatTime(at[index] ?? 0)}</span>
          <button type="button" class="plot-values" aria-expanded={table} onClick={() => setTable(!table)}>
            Values<span class="sr-only"> of {title}</span>
          </button>
        </figcaption>
      )}
      <div
        ref={host}
        class="plot-canvas"
        style={{ height: `${height}px` }}
        role="slider"
        tabIndex={0}
        aria-label={`${title}, ${summary(props)}`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, at.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={now}
        onKeyDown={key}
      />
      {series.length > 1 && (
        <ul class="legend">
          {series.map((one) => (
            <li key={one.name} title={one.how}>
              <i class={one.kind ?? 'area'} style={{ color: `var(--${one.color})` }} />
              <span class="legend-name">{one.name}</span>
              <span class="num">{format(one.value[index] ?? null, unit)}</span>
            </li>
          ))}
        </ul>
      )}
      {table && <ValuesTable title={title} unit={unit} at={at} series={series} />}
    </figure>
  );
}

/** Keys of the cursor: arrows move it, with Shift they mark a range, Enter zooms, Escape lets go. */
function pressed(event: KeyboardEvent, props: PlotProps, index: number, moveTo: (index: number) => void): void {
  const { at, selected, onSelect, onZoom } = props;
  const last = at.length - 1;
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const jump = event.key === 'Home' ? 0 : event.key === 'End' ? last : null;
  if (step === 0 && jump === null) {
    if (event.key === 'Enter' && selected) onZoom?.(selected);
    else if (event.key === 'Escape' && selected) onSelect?.(null);
    else return;
    event.preventDefault();
    return;
  }
  event.preventDefault();
  const next = Math.max(0, Math.min(last, jump ?? index + step));
  if (event.shiftKey && onSelect !== undefined) {
    const here = at[index] ?? 0;
    const there = at[next] ?? 0;
    // The end that the cursor stands on moves, the other one stays.
    const fixed = selected ? (nearest(at, selected.to) === index ? selected.from : selected.to) : here;
    onSelect(fixed === there ? null : { from: Math.min(fixed, there), to: Math.max(fixed, there) });
  }
  moveTo(next);
}

/** First to last of what is drawn, in words. */
function summary({ at, series, unit, range }: PlotProps): string {
  if (at.length === 0) return 'no values in this range';
  const of = series.find((one) => one.kind === 'line') ?? series[0];
  const there = (of?.value ?? []).filter((value) => value !== null);
  return `${format(there[0] ?? null, unit)} to ${format(there.at(-1) ?? null, unit)}, ${formatRange(range.from, range.to)}`;
}

function describe({ at, series, unit }: PlotProps, index: number): string {
  const time = at[index];
  if (time === undefined) return 'no values';
  const values = series.map(
    (one) => `${series.length > 1 ? `${one.name} ` : ''}${format(one.value[index] ?? null, unit)}`,
  );
  return `${formatTime(time)}: ${values.join(', ')}`;
}
