/** What a page shows when it has nothing to show: loading, an error, nothing there yet. */
import type { ComponentChildren } from 'preact';
import type { Loaded } from '../context.ts';

/** A block as tall as what will be there, so that nothing jumps. `height` in px. */
export function Skeleton({ height, label }: { readonly height: number; readonly label?: string }) {
  return (
    <div class="skeleton" style={{ height: `${height}px` }} aria-hidden={label === undefined ? 'true' : undefined}>
      {label !== undefined && <span class="sr-only">{label}</span>}
    </div>
  );
}

/** The sentence, and a way to try again. */
export function Failed({ says, onRetry }: { readonly says: string; readonly onRetry?: () => void }) {
  return (
    <div class="failed panel" role="alert">
      <span class="failed-mark" aria-hidden="true">
        !
      </span>
      <p>{says}</p>
      {onRetry !== undefined && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  /** It is all that is on the page, so its title is the page's. */
  readonly page?: boolean;
  readonly children?: ComponentChildren;
}

/** Nothing there: says why, and what to do next. */
export function Empty({ title, page = false, children }: EmptyProps) {
  return (
    <div class="empty panel">
      {page ? <h1 class="empty-title">{title}</h1> : <p class="empty-title">{title}</p>}
      {children}
    </div>
  );
}

interface WhenProps<T> {
  readonly of: Loaded<T>;
  /** Height of the skeleton, px. */
  readonly height: number;
  /** What is loading, for screen readers. */
  readonly label: string;
  readonly children: (value: T) => ComponentChildren;
}

/** The value when it is there; an error above the last value when asking again failed. */
export function When<T>({ of, height, label, children }: WhenProps<T>) {
  const { value, error, loading } = of;
  if (value === null) {
    if (error !== null) return <Failed says={error.message} onRetry={of.again} />;
    return <Skeleton height={height} label={label} />;
  }
  return (
    <>
      {error !== null && <Failed says={`Not up to date: ${error.message}`} onRetry={of.again} />}
      <div class={loading ? 'stale' : undefined} aria-busy={loading}>
        {children(value)}
      </div>
    </>
  );
}
