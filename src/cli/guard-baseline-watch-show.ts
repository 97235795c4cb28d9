/** What `hemostat guard baseline watch` prints: an event, a status, the end. */
import { join } from 'node:path';
import pc from 'picocolors';
import type { WindowSample } from '../evidence/syscalls/write.ts';
import { printable, type Terminal, wrap } from '../findings/layout.ts';
import { formatCount } from '../findings/units.ts';
import { LIVE_STATES, type LiveCheck, type LiveEvent } from '../guard/baseline/live.ts';
import type { PlannedProfile } from '../guard/baseline/profile/plan.ts';
import { learnedText, titleOf } from '../guard/baseline/profile/text.ts';

/** Where a learned profile is written. */
export function writePath(profiles: string, { before, name }: PlannedProfile): string {
  return before?.path ?? join(profiles, name);
}

export function eventText(event: LiveEvent, path: string, { width, color, unicode }: Terminal): string {
  const paint = pc.createColors(color);
  const lines = (text: string): string[] => wrap(printable(text.replaceAll('\n', ' '), unicode), width, '', '  ');
  const [head = '', ...rest] = lines(sentenceOf(event, path));
  const loud = event.kind === 'opened' ? paint.red : event.kind === 'ended' ? paint.green : paint.dim;
  return `${[loud(head), ...rest].join('\n')}\n`;
}

function sentenceOf(event: LiveEvent, path: string): string {
  switch (event.kind) {
    case 'opened': {
      const { finding, times, to } = event;
      const again = times > 1 ? `, for the ${ordinal(times)} time` : '';
      return `${clock(to)} ${finding.verdict.toUpperCase()} ${finding.rule} (${finding.severity})${again}: ${finding.title}`;
    }
    case 'ended':
      return `${clock(event.to)} over: ${event.finding.rule}: ${event.finding.title}`;
    case 'learned': {
      const { profile } = event.planned;
      return `${clock(profile.learned.to)} learned ${titleOf(profile.key, profile.image)}: ${learnedText(profile)}. To review: ${path}`;
    }
    case 'not-checked':
      return `not checked: ${titleOf(event.key, event.image)}: ${event.why}`;
  }
}

/** One line, a newline at the end. Times as ISO 8601. */
export function eventJson(event: LiveEvent, path: string): string {
  switch (event.kind) {
    case 'opened':
    case 'ended': {
      const { kind, finding, from, to, times } = event;
      return json({ event: kind, at: iso(to), from: iso(from), times, finding });
    }
    case 'learned': {
      const { key, image, learned } = event.planned.profile;
      return json({ event: 'learned', at: iso(learned.to), key, image, path, windows: learned.windows });
    }
    case 'not-checked':
      return json({ event: 'not-checked', key: event.key, image: event.image, why: event.why });
  }
}

export function statusText(live: LiveCheck, { to, lost }: WindowSample): string {
  return `${clock(to)}: ${statesText(live)}; ${live.open.length} open${lost > 0 ? '; events were lost' : ''}`;
}

export function summaryText(live: LiveCheck, blocking: number, isJson: boolean): string {
  const found = live.found.length;
  const open = live.open.length;
  if (isJson)
    return json({ event: 'end', found, blocking, open, states: live.states(), findings: live.found.map(idOf) });
  const states = statesText(live);
  if (live.states().checked === 0) return `hemostat: nothing could be judged: ${states || 'nothing was counted'}\n`;
  const what =
    found === 0
      ? 'nothing out of the ordinary'
      : `${formatCount(found)} ${found === 1 ? 'finding' : 'findings'}, ${formatCount(blocking)} at or above the limit, ${formatCount(open)} open at the end`;
  return `hemostat: ${what}; ${states}\n`;
}

function idOf({ fingerprint, rule, verdict, severity, title }: LiveCheck['found'][number]): object {
  return { fingerprint, rule, verdict, severity, title };
}

function statesText(live: LiveCheck): string {
  const states = live.states();
  return LIVE_STATES.filter((state) => states[state] > 0)
    .map((state) => `${formatCount(states[state])} ${state}`)
    .join(', ');
}

function clock(ms: number): string {
  return Number.isFinite(ms) ? `${new Date(ms).toISOString().slice(11, 19)} UTC` : '';
}

function iso(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}

function ordinal(count: number): string {
  return count === 2 ? 'second' : count === 3 ? 'third' : `${count}th`;
}

function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
