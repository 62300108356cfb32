/** Exits by kind, and the moments that this run has in common with the one before it. */
import type { Counters, Milestone } from './protocol.ts';
import { differences } from './Switches.tsx';
import styles from './styles.module.css';
import type { Former } from './useGuest.ts';

const KINDS = [
  ['cpuid', 'CPUID'],
  ['rdmsr', 'RDMSR'],
  ['wrmsr', 'WRMSR'],
  ['hypercall', 'hypercalls'],
  ['in', 'IN'],
  ['out', 'OUT'],
] as const;
/** Registers that are listed. */
const MOST = 8;

const count = (value: number): string => value.toLocaleString('en').replaceAll(',', '\u202f');
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const total = (exits: Readonly<Record<string, number>>): number =>
  Object.values(exits).reduce((sum, value) => sum + value, 0);

function List({ title, of }: { title: string; of: readonly (readonly [string, number])[] }) {
  return (
    <table className={styles.counts}>
      <caption>{title}</caption>
      <tbody>
        {of.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Counts({ counters }: { counters: Counters }) {
  const { exits, calls, registers, messagesToGuest, signalsToGuest } = counters;
  return (
    <div className={styles.tables}>
      <List title="Exits" of={KINDS.map(([kind, title]) => [title, exits[kind] ?? 0])} />
      <List
        title="Hypercalls, and what comes back"
        of={[
          ...Object.entries(calls),
          ['messages to the guest', messagesToGuest],
          ['signals to the guest', signalsToGuest],
        ]}
      />
      <List title="Synthetic registers" of={Object.entries(registers).slice(0, MOST)} />
    </div>
  );
}

/** Moments of this run and of the former one: when, and how many exits until then. */
export function Moments({ now, former }: { now: readonly Milestone[]; former: Former | undefined }) {
  if (now.length === 0 && !former) return null;
  const before = former?.report.milestones ?? [];
  const names = [...new Set([...before, ...now].map(({ name }) => name))];
  const cells = (one: Milestone | undefined) =>
    one ? (
      <>
        <td>{seconds(one.real)}</td>
        <td>{count(total(one.exits))}</td>
        <td>{count(one.exits.hypercall ?? 0)}</td>
      </>
    ) : (
      <td colSpan={3}>not reached</td>
    );
  const of = (list: readonly Milestone[], name: string): Milestone | undefined =>
    list.find((one) => one.name === name);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label="Moments of the start">
      <table className={styles.moments}>
        <caption>Moments of the start: your seconds, exits until then, hypercalls among them</caption>
        <thead>
          <tr>
            <td />
            <th colSpan={3} scope="colgroup">
              this run
            </th>
            {former && (
              <th colSpan={3} scope="colgroup">
                {former.name}, {differences(former.settings)}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells(of(now, name))}
              {former && cells(of(before, name))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
