/** What the two guests did in a recorded run, as tables: read from the file that `.tools/guests/record.mjs` wrote. */
import numbers from '../../data/real-guest.json';
import styles from './styles.module.css';

type Guest = 'linux' | 'ipxe';

const GUESTS: readonly Guest[] = ['linux', 'ipxe'];
/** Registers that are listed. */
const MOST = 6;

const count = (value: number | undefined): string =>
  value === undefined ? '–' : value.toLocaleString('en').replaceAll(',', '\u202f');
const total = (values: Readonly<Record<string, number>>): number =>
  Object.values(values).reduce((sum, value) => sum + value, 0);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

type Rows = readonly (readonly [name: string, linux: number | undefined, ipxe: number | undefined])[];

function Table({ title, rows }: { title: string; rows: Rows }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label={title}>
      <table className={styles.recorded}>
        <caption>{title}</caption>
        <thead>
          <tr>
            <td />
            {GUESTS.map((guest) => (
              <th key={guest} scope="col">
                {numbers[guest].name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, linux, ipxe]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{count(linux)}</td>
              <td>{count(ipxe)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const both = (of: (guest: Guest) => Readonly<Record<string, number>>, most = 99): Rows => {
  const [linux, ipxe] = GUESTS.map(of);
  const names = [...new Set([...Object.keys(linux), ...Object.keys(ipxe)])];
  const weight = (name: string): number => (linux[name] ?? 0) + (ipxe[name] ?? 0);
  return names
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, most)
    .map((name) => [name, linux[name], ipxe[name]]);
};

/** Both runs in two sentences. */
export function Tally() {
  const { linux, ipxe } = numbers;
  return (
    <p>
      <strong>{linux.name}</strong> is at its shell after {seconds(linux.guestMilliseconds)} of its own time
      and {count(total(linux.exits))} exits, {count(linux.exits.hypercall)} of them hypercalls; the VMBus
      version is agreed at {seconds(linux.at.version.guest)}. <strong>{ipxe.name}</strong> has an address
      after {seconds(ipxe.at.address.guest)} and has done its script after {seconds(ipxe.guestMilliseconds)},
      with {count(total(ipxe.exits))} exits, {count(ipxe.exits.hypercall)} of them hypercalls.
    </p>
  );
}

export const Exits = () => <Table title="Exits by kind" rows={both((guest) => numbers[guest].exits)} />;

export const Messages = () => (
  <Table title="Channel messages, both ways" rows={both((guest) => numbers[guest].messages)} />
);

export function Calls() {
  return (
    <>
      <Table
        title="Synthetic registers that were read most"
        rows={both((guest) => numbers[guest].registers.read, MOST)}
      />
      <Table
        title="Synthetic registers that were written most"
        rows={both((guest) => numbers[guest].registers.written, MOST)}
      />
    </>
  );
}

/** Channels of both guests, named with the guest. */
const channels = () =>
  GUESTS.flatMap((guest) =>
    numbers[guest].channels.map((one) => ({
      ...one,
      name: `${guest === 'linux' ? 'Linux' : 'iPXE'}: ${one.name}`,
    })),
  );

export function Channels() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label="Channels that were open at the end">
      <table className={styles.recorded}>
        <caption>Channels that were open at the end</caption>
        <thead>
          <tr>
            <th scope="col">guest and device</th>
            <th scope="col">packets to the host</th>
            <th scope="col">signals to the host</th>
            <th scope="col">packets to the guest</th>
            <th scope="col">interrupts of the guest</th>
          </tr>
        </thead>
        <tbody>
          {channels().map(({ name, fromGuest, signals, toGuest, interrupts }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{count(fromGuest)}</td>
              <td>{count(signals)}</td>
              <td>{count(toGuest)}</td>
              <td>{count(interrupts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
