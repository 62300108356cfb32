/** Where to begin, what needs what, what was read: and the whole machine on one page. */
import Link from '@docusaurus/Link';
import steps from '@generated/ringside-truth/default/path.json';
import Layout from '@theme/Layout';
import MachineMap from '../components/MachineMap/index.tsx';
import { dueOn, note, standings } from '../components/Progress/due.ts';
import { mark, type Read, today, useRead } from '../components/Progress/store.ts';
import { PAGE_TITLES } from '../data/page-titles.ts';
import type { Step } from '../plugins/truth/path.ts';
import sidebars from '../sidebars.ts';
import styles from './path.module.css';

interface Chapter {
  readonly label: string;
  readonly steps: readonly Step[];
}

const byId = new Map((steps as Step[]).map((step) => [step.id, step]));

/** The chapters of the sidebar, which is in reading order. */
const CHAPTERS: readonly Chapter[] = (sidebars.book as { label?: string; items?: unknown[] }[])
  .filter(({ items }) => items !== undefined)
  .map(({ label = '', items = [] }) => ({
    label,
    steps: items.flatMap((item) => byId.get(String(item).replace('concepts/', '')) ?? []),
  }))
  // What is no concept, such as a plan for teaching, is no part of the way.
  .filter(({ steps }) => steps.length > 0);

const titleOf = (id: string): string => PAGE_TITLES[id] ?? id;

export default function Path() {
  const read = useRead();
  const all = CHAPTERS.flatMap((chapter) => chapter.steps);
  const next = all.find(({ id, needs }) => !(id in read) && needs.every((need) => need in read));
  const minutes = all.reduce((sum, step) => sum + step.minutes, 0);
  return (
    <Layout title="Where to begin" description="The way through the book, and the machine on one page.">
      <main className={styles.page}>
        <h1>Where to begin</h1>
        <p>
          {all.length} pages, about {Math.round(minutes / 60)} hours if you run everything. Each says what to
          read before it. What you have read is kept in this browser only.
        </p>
        <p role="status">{standing(all, read, next)}</p>
        <Again read={read} />
        <h2>The machine on one page</h2>
        <MachineMap />
        <h2>The way</h2>
        {CHAPTERS.map(({ label, steps: own }) => (
          <section key={label}>
            <h3>{label}</h3>
            <ol className={styles.steps}>
              {own.map((step) => (
                <Entry key={step.id} step={step} read={read} />
              ))}
            </ol>
          </section>
        ))}
      </main>
    </Layout>
  );
}

/** Pages whose checks are due today. */
function Again({ read }: { read: Read }) {
  // The store tells of every change; before there is script nothing was read.
  const due =
    Object.keys(read).length > 0 ? dueOn(today(), read, standings()).filter((id) => byId.has(id)) : [];
  if (due.length === 0) return null;
  return (
    <section className={styles.again} aria-labelledby="again">
      <h2 id="again">Ask yourself again</h2>
      <p>
        You have read these before. Answer their checks from memory; what you know comes back later, what you
        do not tomorrow.
      </p>
      <ul>
        {due.map((id) => (
          <li key={id}>
            <Link to={`/concepts/${id}#check-yourself`}>{titleOf(id)}</Link>{' '}
            <button type="button" onClick={() => note(id, true)} aria-label={`Known: ${titleOf(id)}`}>
              I knew them
            </button>{' '}
            <button type="button" onClick={() => note(id, false)} aria-label={`Not known: ${titleOf(id)}`}>
              Not all
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entry({ step: { id, minutes, needs, description }, read }: { step: Step; read: Read }) {
  const day = read[id];
  return (
    <li>
      <Link className={styles.title} to={`/concepts/${id}`}>
        {titleOf(id)}
      </Link>{' '}
      <span className={styles.facts}>
        {minutes} minutes
        {needs.length > 0 && <> · after {needs.map(titleOf).join(' ')}</>}
      </span>
      <p>{description}</p>
      <label className={styles.mark}>
        <input
          type="checkbox"
          checked={day !== undefined}
          onChange={({ target }) => mark(id, target.checked)}
          aria-label={`Read: ${titleOf(id)}`}
        />
        {day === undefined ? 'read' : `read ${ago(today() - day)}`}
      </label>
    </li>
  );
}

const ago = (days: number): string =>
  days <= 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago: try its checks again`;

function standing(all: readonly Step[], read: Read, next: Step | undefined) {
  const done = all.filter(({ id }) => id in read).length;
  if (!next) return done === all.length ? 'You have read them all.' : 'Choose any page.';
  return (
    <>
      {done === 0 ? 'Begin with ' : `${done} of ${all.length} read. Next: `}
      <Link to={`/concepts/${next.id}`}>{titleOf(next.id)}</Link>
    </>
  );
}
