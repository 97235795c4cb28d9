/** The uPlot behind a plot: its options, and what is drawn on top (deploys, restarts, findings). */
import uPlot from 'uplot';
import { token } from '../theme.ts';
import { BYTE_STEPS, tickLabels, timeLabels } from './plot-math.ts';

/** A line at a moment: a deploy, a restart, an end of a window. */
export interface PlotTick {
  readonly at: number;
  readonly label: string;
  readonly dashed: boolean;
}

/** A bar along the time axis: while a finding was there. */
export interface PlotSpan {
  readonly from: number;
  readonly to: number;
  /** Name of a colour. */
  readonly color: string;
}

export interface MakeOptions {
  readonly unit: string;
  readonly series: readonly {
    readonly name: string;
    readonly color: string;
    readonly kind?: 'line' | 'dashed' | 'marks';
  }[];
  readonly stacked: boolean;
  readonly height: number;
  readonly small: boolean;
  readonly sync: string | undefined;
  readonly selectable: boolean;
  readonly onCursor: (index: number | null) => void;
  readonly onSelect: (range: { from: number; to: number } | null) => void;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

export interface DrawnPlot {
  setData(
    at: readonly number[],
    columns: readonly (readonly (number | null)[])[],
    range: Range,
    ticks: readonly PlotTick[],
    spans: readonly PlotSpan[],
    band: readonly [number, number] | null,
  ): void;
  setSelected(range: Range | null): void;
  moveTo(index: number): void;
  destroy(): void;
}

/** Drags shorter than this are clicks, px. */
const SHORTEST_DRAG = 6;

export function makePlot(host: HTMLElement, options: MakeOptions): DrawnPlot {
  let range: Range = { from: 0, to: 1 };
  let ticks: readonly PlotTick[] = [];
  let spans: readonly PlotSpan[] = [];
  let band: readonly [number, number] | null = null;
  // In a stack the highest sum is drawn first, and the lower ones over it.
  const order = options.stacked
    ? [...layers(options, undefined).reverse(), ...layers(options, 'dashed'), ...layers(options, 'line')]
    : options.series.map((_, i) => i);
  const plot = new uPlot(
    {
      width: Math.max(80, host.clientWidth),
      height: options.height,
      ms: 1,
      padding: [options.small ? 4 : 10, 4, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [range.from, range.to] },
        y: { range: (_u, min, max) => [min < 0 ? min * 1.06 : 0, max > 0 ? max * 1.06 : 1] },
      },
      axes: axes(options),
      series: [{}, ...order.map((i) => line(options, i))],
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: options.selectable, y: false, setScale: false, dist: SHORTEST_DRAG },
        ...(options.sync === undefined ? {} : { sync: { key: options.sync, scales: ['x', null] } }),
        bind: { dblclick: () => null },
      },
      hooks: {
        setCursor: [(u) => options.onCursor(u.cursor.idx ?? null)],
        setSelect: [
          (u) => {
            if (!options.selectable || u.select.width < SHORTEST_DRAG) return;
            const from = Math.round(u.posToVal(u.select.left, 'x'));
            const to = Math.round(u.posToVal(u.select.left + u.select.width, 'x'));
            options.onSelect({ from, to });
          },
        ],
        drawClear: [(u) => shade(u, band)],
        draw: [(u) => overlay(u, ticks, spans, options.small)],
      },
    },
    [[], ...options.series.map(() => [])],
    host,
  );
  const observer = new ResizeObserver(() => {
    const width = host.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: options.height });
  });
  observer.observe(host);

  return {
    setData(at, columns, nextRange, nextTicks, nextSpans, nextBand) {
      range = nextRange;
      ticks = nextTicks;
      spans = nextSpans;
      band = nextBand;
      plot.setData([[...at], ...order.map((i) => [...(columns[i] ?? [])])]);
    },
    setSelected(selected) {
      const height = plot.over.clientHeight;
      if (selected === null) {
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        return;
      }
      const left = plot.valToPos(selected.from, 'x');
      plot.setSelect({ left, top: 0, width: plot.valToPos(selected.to, 'x') - left, height }, false);
    },
    moveTo(index) {
      const at = plot.data[0]?.[index];
      if (typeof at === 'number') plot.setCursor({ left: plot.valToPos(at, 'x'), top: 10 });
      if (options.sync !== undefined && typeof at === 'number') {
        const { left = 0, top = 0 } = plot.cursor;
        const { width, height } = plot.over.getBoundingClientRect();
        uPlot.sync(options.sync).pub('mousemove', plot, left, top, width, height, index);
      }
    },
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

function layers(options: MakeOptions, kind: 'line' | 'dashed' | undefined): number[] {
  return options.series.flatMap((one, i) => (one.kind === kind ? [i] : []));
}

function line(options: MakeOptions, i: number): uPlot.Series {
  const { color = 'plot-1', kind } = options.series[i] ?? {};
  const stroke = token(color);
  if (options.stacked && kind === undefined)
    return { fill: stroke, stroke: token('panel'), width: 1, points: { show: false } };
  if (kind === 'marks') return { stroke, width: 0, points: { show: true, size: 9, fill: stroke }, paths: () => null };
  const area = !options.stacked && kind === undefined && options.series.length === 1;
  return {
    stroke,
    width: kind === 'dashed' ? 1.25 : 1.6,
    ...(kind === 'dashed' ? { dash: [5, 4] } : {}),
    points: kind === undefined ? { size: 5, space: 14 } : { show: false },
    ...(area ? { fill: `${stroke}24` } : {}),
    spanGaps: false,
  };
}

function axes({ unit, small }: MakeOptions): uPlot.Axis[] {
  const stroke = token('muted');
  const grid = { stroke: token('grid'), width: 1 };
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return [
    {
      stroke,
      font,
      grid: { show: false },
      ticks: { stroke: grid.stroke, width: 1, size: 4 },
      size: 24,
      gap: 4,
      space: 74,
      values: (_u, splits, _axis, _space, step) => timeLabels(splits, step),
    },
    {
      stroke,
      font,
      grid,
      ticks: { show: false },
      size: 66,
      gap: 6,
      space: small ? 26 : 34,
      ...(unit === 'bytes' ? { incrs: [...BYTE_STEPS] } : {}),
      values: (_u, splits) => tickLabels(splits, unit),
    },
  ];
}

/** What is normal, below everything else. */
function shade(u: uPlot, band: readonly [number, number] | null): void {
  if (band === null) return;
  const { ctx, bbox } = u;
  const place = (value: number): number =>
    Math.min(bbox.top + bbox.height, Math.max(bbox.top, u.valToPos(value, 'y', true)));
  const [top, bottom] = [place(band[1]), place(band[0])];
  ctx.save();
  ctx.fillStyle = `${token('good')}26`;
  // A band of one value is a line, still.
  ctx.fillRect(bbox.left, top, bbox.width, Math.max(2 * devicePixelRatio, bottom - top));
  ctx.restore();
}

/** Deploys and restarts as vertical lines with their names, findings as bars on the time axis. */
function overlay(u: uPlot, ticks: readonly PlotTick[], spans: readonly PlotSpan[], small: boolean): void {
  const { ctx, bbox } = u;
  const pixel = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
  ctx.clip();
  for (const span of spans) {
    const from = u.valToPos(span.from, 'x', true);
    const to = Math.max(u.valToPos(span.to, 'x', true), from + 3 * pixel);
    ctx.fillStyle = token(span.color);
    ctx.fillRect(from, bbox.top + bbox.height - 4 * pixel, to - from, 4 * pixel);
  }
  ctx.font = `${10 * pixel}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = pixel;
  let free = 0;
  for (const tick of ticks) {
    const x = Math.round(u.valToPos(tick.at, 'x', true)) + 0.5;
    ctx.strokeStyle = token('muted');
    ctx.setLineDash(tick.dashed ? [3 * pixel, 3 * pixel] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // Only where there is room: the list below the plots has all of them.
    const width = ctx.measureText(tick.label).width;
    if (small || x < free || x + width > bbox.left + bbox.width) continue;
    ctx.fillStyle = token('panel');
    ctx.fillRect(x + 2 * pixel, bbox.top, width + 5 * pixel, 14 * pixel);
    ctx.fillStyle = token('text');
    ctx.fillText(tick.label, x + 4 * pixel, bbox.top + 10 * pixel);
    free = x + width + 14 * pixel;
  }
  ctx.restore();
}
