/** A number that matters, its name above and what it rests on below. Goes into `<dl class="facts">`. */
import type { ComponentChildren } from 'preact';

interface Props {
  readonly name: string;
  readonly value: string;
  readonly children?: ComponentChildren;
}

export function Fact({ name, value, children }: Props) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        <span class="fact-value">{value}</span>
        <span class="muted">{children}</span>
      </dd>
    </div>
  );
}
