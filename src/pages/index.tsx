import Link from '@docusaurus/Link';
import CodeBlock from '@theme/CodeBlock';
import Layout from '@theme/Layout';
import type { ReactNode } from 'react';
import { RingMotif, RoadsMotif, StairsMotif } from '../components/Home/motifs.tsx';
import HomeExperiment from '../components/HomeExperiment/index.tsx';
import styles from './index.module.css';

interface Concept {
  readonly to: string;
  readonly title: string;
  readonly text: string;
  readonly motif: ReactNode;
}

const CONCEPTS: readonly Concept[] = [
  {
    to: '/concepts/two-roads',
    title: 'Why is an emulated disk so slow?',
    text: 'One read by eight roads, from single words to a shared ring: who works, how often the guest stops, what each road saves.',
    motif: <RoadsMotif />,
  },
  {
    to: '/concepts/ring-transitions',
    title: 'How many transitions does one OUT cost?',
    text: 'The life of one port write, one CPUID and one hypercall, step by step through every ring and back.',
    motif: <StairsMotif />,
  },
  {
    to: '/concepts/vsp-vsc',
    title: 'When does VMBus interrupt the host?',
    text: 'A ring, two indices and one rule. Change the burst and watch signals appear, vanish, and one get lost.',
    motif: <RingMotif />,
  },
];

/** What follows the first three, in reading order. */
const KNOWING: readonly Omit<Concept, 'motif'>[] = [
  {
    to: '/concepts/tlb-flush',
    title: 'Flushing the TLB',
    text: 'True in 2008, false today, and still worth it for other processors.',
  },
  {
    to: '/concepts/clock-read',
    title: 'Reading the clock',
    text: 'From a port in the worker to no exit at all.',
  },
  {
    to: '/concepts/spin-lock',
    title: 'Waiting for a lock',
    text: 'Whose holder the hypervisor does not run.',
  },
  {
    to: '/concepts/interrupt-end',
    title: 'Ending an interrupt',
    text: 'A store, an MSR, a bit in a page, or nothing.',
  },
  {
    to: '/concepts/ipi',
    title: 'Interrupting processors',
    text: 'One exit for all, and what it cannot spare.',
  },
  {
    to: '/concepts/timers-and-idle',
    title: 'Doing nothing',
    text: 'Sixty-four idle guests, and a thousand ticks a second.',
  },
  {
    to: '/concepts/who-is-enlightened',
    title: 'Who is enlightened?',
    text: 'Fourteen systems under one workload: where do the exits go?',
  },
];

/** How a machine comes to run, and which road its disk takes meanwhile. */
const STARTING: readonly Omit<Concept, 'motif'>[] = [
  {
    to: '/concepts/boot-ide-filter',
    title: 'The boot disk changes hands',
    text: 'One disk, two roads, and what two owners do to it.',
  },
  {
    to: '/concepts/generations',
    title: 'Two generations',
    text: 'Which firmware starts from which disk, and what is left to attack.',
  },
  {
    to: '/concepts/integration-components',
    title: 'Integration components',
    text: 'What an installation adds, and what it leaves as it is.',
  },
];

/** Questions that the host asks its guests. */
const ASKED: readonly Omit<Concept, 'motif'>[] = [
  {
    to: '/concepts/time-sync',
    title: 'What time is it?',
    text: 'Why a guest’s clock is late, and who puts it right.',
  },
  {
    to: '/concepts/guest-services',
    title: 'Are you there?',
    text: 'Heartbeat, shutdown, keys and backups, with the guest frozen and its daemon dead.',
  },
];

function Questions({ of }: { of: readonly Omit<Concept, 'motif'>[] }) {
  return (
    <ul className={styles.list}>
      {of.map(({ to, title, text }) => (
        <li key={to}>
          <Link to={to}>{title}</Link>
          {title.endsWith('?') ? '' : ':'} {text}
        </li>
      ))}
    </ul>
  );
}

function Knowing() {
  return (
    <section className={styles.section} aria-labelledby="knowing">
      <h2 id="knowing">What a guest does when it knows</h2>
      <p>
        An <Link to="/enlightenments">enlightened</Link> guest asks which hypervisor is there, and does some
        things differently.
      </p>
      <Questions of={KNOWING} />
      <p>
        And some things the host asks of every guest, enlightened or not, through its integration services.
      </p>
      <Questions of={ASKED} />
      <p>Before any of that it has to start, and not every firmware speaks VMBus.</p>
      <Questions of={STARTING} />
      <p>
        All of it in order, and the machine on one page: <Link to="/path">where to begin</Link>.
      </p>
    </section>
  );
}

function Concepts() {
  return (
    <section className={styles.section} aria-labelledby="concepts">
      <h2 id="concepts">Three questions to start with</h2>
      <ul className={styles.cards}>
        {CONCEPTS.map(({ to, title, text, motif }) => (
          <li key={to} className={styles.card}>
            {motif}
            <h3>
              <Link to={to}>{title}</Link>
            </h3>
            <p>{text}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

const COMMAND = 'npx ringside run "two-roads?mode=dma"';

const LIBRARY = `import { run } from 'ringside';
run('two-roads', { mode: 'dma' });`;

function Ways() {
  return (
    <section className={styles.section} aria-labelledby="ways">
      <h2 id="ways">Three ways to use it</h2>
      <div className={styles.ways}>
        <div>
          <h3>Read</h3>
          <p>
            Each <Link to="/concepts/two-roads">concept page</Link> lets you bet first, then runs the machine
            in front of you. The numbers in its sentences come from that run.
          </p>
          <p>
            <Link to="/how-true">How true is this?</Link> lists every cost with its range and source, and what
            is left out.
          </p>
        </div>
        <div>
          <h3>Run</h3>
          <p>
            The same line works in a page, in a <Link to="/notebooks">notebook</Link>, in the terminal and in
            your own program, and prints the same digest.
          </p>
          <CodeBlock language="bash">{COMMAND}</CodeBlock>
          <CodeBlock language="typescript">{LIBRARY}</CodeBlock>
        </div>
        <div>
          <h3>Teach</h3>
          <p>
            Every state of every <Link to="/gallery">experiment</Link> is a link that you can put on a slide.
            It runs in the student's own browser, offline too: no account and no server.
          </p>
          <p>Code is MIT, text and figures are CC BY 4.0: take what you need and say where it is from.</p>
        </div>
      </div>
    </section>
  );
}

export default function Home() {
  return (
    <Layout description="How Hyper-V gives a virtual machine its devices: a simulation of every byte and every crossing, with pages, notebooks and a command line.">
      <main className={styles.page}>
        <header className={styles.hero}>
          <h1>Where does a disk request go?</h1>
          <p>
            Ringside is a book that runs. It simulates, to the byte, how Hyper-V gives a virtual machine its
            devices, and counts every crossing between guest, hypervisor and host. Change a number in a
            figure, and the sentence beside it, the notebook and the command line tell of the same run.
          </p>
        </header>
        <HomeExperiment />
        <Concepts />
        <Knowing />
        <Ways />
      </main>
    </Layout>
  );
}
