/** The host of `who-is-enlightened`: an era's machine, and what its hypervisor recommends. */
import { invariant } from '../core/errors.ts';
import { systemById } from '../guest/profiles/index.ts';
import type { Lab } from '../lab/lab.ts';
import type { Values } from '../lab/params.ts';
import { attachDevices } from '../lab/profiled-disk.ts';
import type { ProfiledGuest, Task } from '../lab/profiled-guest.ts';
import { bootProfiledGuest } from '../lab/profiled-guest.ts';
import { levelsOf } from '../lab/profiled-kernel.ts';
import { MixedWork } from '../lab/profiled-work.ts';
import type { SmpMachine } from '../lab/smp.ts';
import type { EnlightenmentId } from '../machine/enlightenment-ids.ts';
import type { Features } from '../machine/features.ts';
import type { whoParams } from './who-is-enlightened-params.ts';

export type WhoParams = Values<typeof whoParams>;

const MIB = 1024 * 1024;
/** Before the measurement: every processor has begun and its tables are warm. */
const WARM_MS = 5;
/** What a reader can look at of a mixed work is its beginning. */
const TRACE_ROWS = 200;

/** Which tasks belong to a part of the work. */
const PARTS: Readonly<Record<WhoParams['part'], readonly Task[]>> = {
  all: ['clock', 'level', 'lock', 'switch', 'local-flush', 'remote-flush', 'ipi', 'disk', 'idle'],
  clock: ['clock'],
  memory: ['switch', 'local-flush', 'remote-flush'],
  interrupts: ['level', 'ipi', 'idle'],
  locks: ['lock'],
  disk: ['disk'],
};

/** One guest that has worked. */
export interface Worked {
  readonly machine: SmpMachine;
  readonly guest: ProfiledGuest;
  readonly works: readonly MixedWork[];
  readonly jobs: number;
  readonly boot: { readonly exits: number; readonly cpuid: number };
  /** Answers from shared pages before the measurement. */
  readonly sharedBefore: number;
}

/** Builds the host, starts the guest without some of its enlightenments, and lets it work. */
export function runOnce(params: WhoParams, lab: Lab, without: readonly EnlightenmentId[]): Worked {
  const machine = build(params, lab);
  attachDevices(machine, lab);
  const [cpus] = machine.cpus;
  const system = systemById(params.system);
  invariant(system, `there is no profile ${params.system}`);
  const levels = levelsOf(system);
  const guest = bootProfiledGuest(cpus, { system, levels, without });
  const boot = machine.measured();
  const tasks = PARTS[params.part].filter((task) => task !== 'level' || levels !== 'none');
  const works = cpus.map((cpu) => new MixedWork(guest, cpu, tasks, lab.seed));
  const { ledger } = guest.kernel;
  for (const work of works) work.start();
  machine.runFor((machine.costs.hz * WARM_MS) / 1000);
  machine.startMeasuring();
  ledger.clear();
  const before = done(works);
  const sharedBefore = guest.kernel.sharedPage;
  machine.runFor((machine.costs.hz * params.time) / 1000);
  ledger.close();
  return {
    machine,
    guest,
    works,
    jobs: done(works) - before,
    boot: { exits: boot.hypervisorExits + boot.deviceIntercepts, cpuid: boot.routes['hypervisor-cpuid'] },
    sharedBefore,
  };
}

/**
 * What the host's hardware does for the local APIC, and what the hypervisor then recommends: nothing that is slower than the hardware. That
 * Hyper-V used FlexPriority where it was there is in CPUID leaf 40000006, bit 0; when most hosts had it is assumed.
 */
function apicFeatures({ apic, era }: WhoParams): Partial<Features> {
  const help = apic === 'era' ? APIC_OF_ERA[era] : apic;
  const apicv = help === 'apicv';
  return { flexPriority: help !== 'plain', apicv, hintApicMsrs: !apicv, deprecateAutoEoi: apicv };
}

const APIC_OF_ERA = { '2008': 'plain', '2012': 'flex', '2020': 'apicv' } as const;

function build(params: WhoParams, lab: Lab): SmpMachine {
  const { era, vps, share, visible } = params;
  const features: Partial<Features> = {
    ...apicFeatures(params),
    ...(visible ? {} : { hypervisorPresent: false }),
  };
  return lab.smp({
    era,
    traceRows: TRACE_ROWS,
    ...(share > 1 ? { logicalProcessors: Math.ceil(vps / share) } : {}),
    partitions: [{ vps, memory: 16 * MIB, paging: era === '2008' ? 'shadow' : 'slat', features }],
  });
}

const done = (works: readonly MixedWork[]): number => works.reduce((sum, work) => sum + work.done, 0);
