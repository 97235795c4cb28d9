/** Jump to a service, a finding or a page: a combobox (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useServices } from './context.ts';
import { askFindings, askFleet } from './endpoints.ts';
import { plural } from './format.ts';
import { type Goal, matching } from './goals.ts';
import { to } from './router.ts';
import { isTyping } from './typing.ts';

const PAGES: readonly Goal[] = [
  { kind: 'page', name: 'Fleet', more: 'all services', href: to.fleet() },
  { kind: 'page', name: 'Compare', more: 'any two captures', href: to.compare() },
  { kind: 'page', name: 'Open file', more: 'a profile, dump or log', href: to.open() },
  { kind: 'page', name: 'Status', more: 'targets, store, alerts', href: to.status() },
];

export function Jump() {
  const { data } = useServices();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [goals, setGoals] = useState<readonly Goal[]>(PAGES);

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);

  // What there is to jump to is asked each time that somebody begins; until it is there, the pages are.
  useEffect(() => {
    if (!open) return;
    const controller = new AbortController();
    const load = async () => {
      const fleet = await data.get(askFleet(), controller.signal);
      const { findings } = await data.get(askFindings(), controller.signal);
      setGoals([
        ...fleet.services.map(
          (of): Goal => ({
            kind: 'service',
            name: of.service,
            more: [of.environment, plural(of.instances.total, 'instance')].filter(Boolean).join(' · '),
            href: to.service(of.environment, of.service),
          }),
        ),
        ...findings.map(
          (of): Goal => ({
            kind: 'finding',
            name: of.title,
            more: `${of.service} · ${of.rule}`,
            href: to.finding(of.id),
          }),
        ),
        ...PAGES,
      ]);
    };
    load().catch(() => {
      // The page under it says what is wrong with the server; jumping to pages goes on.
    });
    return () => controller.abort();
  }, [open, data]);

  const found = matching(goals, text, 8);
  const go = (goal: Goal | undefined) => {
    if (goal === undefined) return;
    setOpen(false);
    setText('');
    input.current?.blur();
    location.hash = goal.href;
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((n) => (found.length === 0 ? 0 : (n + step + found.length) % found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      go(found[active]);
    } else if (event.key === 'Escape') {
      if (text === '') input.current?.blur();
      setText('');
      setOpen(false);
    }
  };
  const shown = open && found.length > 0;
  // The types ask for a `list` with this role; the list here is not the browser's.
  const box = {
    role: 'combobox',
    list: undefined,
    'aria-expanded': shown,
    'aria-controls': `${id}-list`,
    'aria-autocomplete': 'list',
    'aria-activedescendant': shown ? `${id}-${active}` : undefined,
  } as const;
  return (
    <div class="jump">
      <input
        ref={input}
        type="search"
        {...box}
        aria-label="Jump to a service, finding or page"
        aria-keyshortcuts="/"
        placeholder="Jump to…"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onKeyDown={key}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
      <div class="jump-list" id={`${id}-list`} role="listbox" aria-label="Places" hidden={!shown}>
        {found.map((goal, index) => (
          // The list is worked with the keys of the box above it; the mouse is the other way.
          // biome-ignore lint/a11y/useFocusableInteractive: the box keeps the focus (aria-activedescendant)
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the box
          <div
            key={goal.href}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onMouseEnter={() => setActive(index)}
            onClick={() => go(goal)}
          >
            <span class="jump-kind">{goal.kind}</span>
            <span class="jump-name">{goal.name}</span>
            <span class="jump-more">{goal.more}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
