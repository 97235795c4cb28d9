/** An alert of Alertmanager's POST /api/v2/alerts (its api/v2/openapi.yaml): what watch sends and guard exports. */

export interface Alert {
  /** Its identity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ms since the epoch. */
  readonly startsAt: number;
  /** null: Alertmanager ends it itself, when it hears no more of it. */
  readonly endsAt: number | null;
  readonly link: string | null;
}

/** As Alertmanager takes it; an empty label is the same as none. */
export function alertJson({ labels, annotations, startsAt, endsAt, link }: Alert): object {
  return {
    labels: filled(labels),
    annotations: filled(annotations),
    startsAt: new Date(startsAt).toISOString(),
    ...(endsAt === null ? {} : { endsAt: new Date(endsAt).toISOString() }),
    ...(link === null ? {} : { generatorURL: link }),
  };
}

function filled(all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}
