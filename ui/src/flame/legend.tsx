/** What the colours and the widths mean, with units. */
import { format, formatChange } from '../format.ts';
import { INK, type Palette, type Scale, STEPS } from './colours.ts';
import type { Layout, Tree } from './tree.ts';
import { unitOf } from './words.ts';

interface Props {
  readonly tree: Tree;
  readonly layout: Layout;
  readonly palette: Palette;
  readonly scale: Scale;
}

export function Legend({ tree, layout, palette, scale }: Props) {
  const { view } = tree;
  const unit = unitOf(view.unit);
  const whole = format(layout.total, unit);
  const widths = {
    after: `${view.sampleType}; the whole width is ${whole}`,
    both: `${view.sampleType}, the larger of before and after; the whole width is ${whole}`,
    grew: `only what was added: ${whole} in all`,
    shrank: `only what went: ${whole} in all`,
  };
  return (
    <ul class="flame-legend" aria-label="Legend">
      {view.base === null ? <PackageKeys palette={palette} /> : <ChangeKeys {...{ tree, palette, scale }} />}
      <li>
        <i class="flame-inlined">italic</i> inlined
      </li>
      <li>Width: {widths[layout.mode]}</li>
      {view.cutShare > 0 && (
        <li>(small): frames below {(view.cutShare * 100).toPrecision(1)} % of the whole, added up</li>
      )}
    </ul>
  );
}

function PackageKeys({ palette }: { readonly palette: Palette }) {
  const families = [
    ['your code', INK.user],
    ['dependencies', INK.dependency],
    ['standard library', INK.std],
  ] as const;
  return (
    <>
      {families.map(([name, ink]) => (
        <li key={name}>
          <Swatches fills={[0, 1, 2, 3].map((shade) => palette.fill[ink + shade] ?? '')} /> {name}
        </li>
      ))}
    </>
  );
}

function ChangeKeys({ tree, palette, scale }: Omit<Props, 'layout'>) {
  const unit = unitOf(tree.view.unit);
  const most = scale === 'absolute' ? largestChange(tree) : 0;
  const [least, greatest] =
    scale === 'absolute' ? [formatChange(-most, unit), formatChange(most, unit)] : ['−100 %', '+100 % or new'];
  const steps = Array.from({ length: STEPS }, (_, i) => i);
  return (
    <>
      <li>
        shrank {least}{' '}
        <Swatches
          fills={[
            ...steps.toReversed().map((step) => palette.fill[INK.shrank + step] ?? ''),
            palette.fill[INK.neutral] ?? '',
            ...steps.map((step) => palette.fill[INK.grew + step] ?? ''),
          ]}
        />{' '}
        {greatest} grew
      </li>
      <li>
        <Swatches fills={[palette.fill[INK.noise] ?? '']} /> noise: less than 2 standard deviations of sampling
      </li>
      <li>
        <span class="flame-gone" aria-hidden="true" /> hatched: gone
      </li>
    </>
  );
}

function largestChange({ change, count }: Tree): number {
  let most = 0;
  for (let row = 1; row < count; row++) most = Math.max(most, Math.abs(change[row] ?? 0));
  return most;
}

function Swatches({ fills }: { readonly fills: readonly string[] }) {
  return (
    <span class="flame-swatches" aria-hidden="true">
      {fills.map((fill, i) => (
        <i key={`${i}-${fill}`} style={{ background: fill }} />
      ))}
    </span>
  );
}
