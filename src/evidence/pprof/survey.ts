/** What the first walk over a profile.proto finds: how many of everything, and where the small messages are. */
import { Int32Column } from './columns.ts';

/** Where the messages of one kind are in the bytes: start and end in turns. */
export type Ranges = Int32Column;

export interface Survey {
  readonly sampleTypes: Ranges;
  readonly mappings: Ranges;
  readonly locations: Ranges;
  readonly functions: Ranges;
  readonly strings: Ranges;
  samples: number;
  /** Length of all samples together. */
  sampleBytes: number;
}

export function newSurvey(): Survey {
  return {
    sampleTypes: new Int32Column(),
    mappings: new Int32Column(),
    locations: new Int32Column(),
    functions: new Int32Column(),
    strings: new Int32Column(),
    samples: 0,
    sampleBytes: 0,
  };
}
