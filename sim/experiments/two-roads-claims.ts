/** The sentences about the two roads, each with the settings over which it was checked. */
import type { Claim } from '../lab/experiment.ts';
import type { Run } from '../lab/run.ts';
import { STORVSP_MAX_TRANSFER_BYTES } from '../wire/storvsp.ts';
import type { RoadMetric, RoadParams } from './two-roads-run.ts';

type RoadClaim = Claim<RoadParams, RoadMetric>;
type RoadRun = Run<RoadMetric>;

const SIZES = [512, 4096, 10_240, 65_536] as const;
const BOTH = ['read', 'write'] as const;
const ERAS = ['2008', '2012', '2020'] as const;
const LIBATA = 'Linux drivers/ata/libata-sff.c; OpenVMM vm/devices/storage/ide/src';

const n = (run: RoadRun): number => run.metrics.sectors;
const exits = (run: RoadRun): number => run.metrics.deviceIntercepts;

export const roadClaims: Readonly<Record<string, RoadClaim>> = {
  'pio-formula': {
    sentence: 'Programmed I/O, one sector at a time, costs 14 device intercepts and 6 more for each sector.',
    source: LIBATA,
    formula: 'E = 14 + 6n',
    over: { mode: ['pio'], size: SIZES, op: BOTH },
    holds: (run) => exits(run) === 14 + 6 * n(run) && run.metrics.interrupts === n(run),
  },
  'multiple-formula': {
    sentence: 'With blocks of sixteen sectors the interrupts and their four accesses are paid once a block.',
    source: LIBATA,
    formula: 'E = 14 + n + 5⌈n/16⌉',
    over: { mode: ['multiple'], size: SIZES, op: BOTH },
    holds: (run) => exits(run) === 14 + n(run) + 5 * Math.ceil(n(run) / 16),
  },
  'dma-constant': {
    sentence: 'Bus-master DMA costs 26 device intercepts and one interrupt for any size up to 64 KiB.',
    source: LIBATA,
    formula: 'E = 26',
    over: { mode: ['dma'], size: SIZES, op: BOTH },
    holds: (run) => exits(run) === 26 && run.metrics.interrupts === 1,
  },
  'word-loop': {
    sentence: 'A driver that loops over the data port leaves the guest once for every two bytes.',
    source: LIBATA,
    formula: 'E = 14 + 261n',
    over: { mode: ['pio-words'], size: SIZES, op: BOTH },
    holds: (run) => exits(run) === 14 + 261 * n(run),
  },
  'polled-formula': {
    sentence: 'The least a polling driver can do is 7 accesses and 2 for each sector.',
    source: 'ATA/ATAPI-6, PIO data-in and data-out protocols',
    formula: 'E = 7 + 2n',
    over: { mode: ['polled'], size: SIZES, op: BOTH },
    holds: (run) => exits(run) === 7 + 2 * n(run) && run.metrics.interrupts === 0,
  },
  'int13-one': {
    sentence: 'Enlightened INT13 costs one device intercept for a command of any size.',
    source: 'OpenVMM vm/devices/storage/ide/src/lib.rs, enlightened_hdd_command',
    formula: 'E = 1',
    seeds: [7],
    over: { mode: ['int13'], size: SIZES, op: BOTH },
    holds: (run) => exits(run) === 1,
  },
  'synthetic-none': {
    sentence:
      'A synthetic request of any size needs no device intercept, and at most one signal when nothing else is in flight.',
    source: 'Linux drivers/scsi/storvsc_drv.c; OpenVMM storvsp',
    formula: 'E = 0, signals ≤ 1',
    over: { mode: ['synthetic'], size: SIZES, op: BOTH, era: ERAS },
    holds: (run) => exits(run) === 0 && run.metrics.signals <= 1,
  },
  'cut-at-the-limit': {
    sentence:
      'A synthetic request longer than the host accepts travels as several packets behind one signal, one packet for every 256 KiB.',
    source:
      'OpenVMM vm/devices/storage/storvsp/src/lib.rs, max_transfer_bytes; Linux 6.1 drivers/scsi/storvsc_drv.c, max_sectors',
    formula: 'packets = ⌈size / 256 KiB⌉, signals = 1',
    over: { mode: ['synthetic'], size: [512, 262_144, 262_656, 1_048_576], op: BOTH, era: ERAS },
    holds: ({ metrics, params }) =>
      metrics.packets === Math.ceil((params.size as number) / STORVSP_MAX_TRANSFER_BYTES) &&
      metrics.signals === 1 &&
      metrics.intact === 1,
  },
  'old-pair': {
    sentence: 'Acknowledging through the 8259 pair costs five more device intercepts for each interrupt.',
    source: 'Linux arch/x86/kernel/i8259.c',
    formula: 'E(8259) = E(APIC) + 5·I',
    over: { mode: ['pio', 'multiple', 'dma'], size: SIZES },
    against: [{ pic: 'apic' }, { pic: '8259' }],
    holds: (apic, pair) => exits(pair) === exits(apic) + 5 * pair.metrics.interrupts,
  },
  hundreds: {
    sentence:
      '“Hundreds of times for a ten-kilobyte write” is true of sector-wise PIO and false of DMA, by which real drivers go.',
    source: 'the seed’s sentence against the driver flows of libata',
    formula: 'E(PIO) > 100, E(DMA) < 35',
    seeds: [53],
    over: { size: [10_240], op: ['write'], pic: ['apic', '8259'] },
    against: [{ mode: 'pio' }, { mode: 'dma' }],
    holds: (pio, dma) => exits(pio) > 100 && exits(dma) < 35,
  },
  'same-bytes': {
    sentence: 'Every byte is the same by every road.',
    source: 'this library: the disk is compared after each run',
    formula: 'intact = 1',
    over: {
      mode: ['pio', 'pio-words', 'multiple', 'dma', 'polled', 'polled-words', 'int13', 'synthetic'],
      size: [512, 10_240],
      op: BOTH,
    },
    holds: (run) => run.metrics.intact === 1,
  },
  'ends-in-a-file': {
    sentence:
      'What a guest asks of its synthetic disk ends, sector for sector, in a file of the root: a VHD.',
    source: 'this library: the file is searched after each run; VHD specification',
    formula: 'sectors in the file = sectors',
    seeds: [11, 61],
    over: { mode: ['synthetic'], image: ['fixed', 'dynamic'], size: SIZES, op: BOTH },
    holds: ({ metrics }) => metrics.sectorsInFile === metrics.sectors && metrics.intact === 1,
  },
  'still-translated': {
    sentence:
      'The synthetic road has no registers to translate, but in a dynamic VHD every sector still lies at another place than the guest says.',
    source: 'VHD specification, block allocation table; this library: the file is searched after each run',
    formula: 'E(synthetic) = 0 < E(DMA), moved(synthetic) = moved(DMA) = sectors',
    seeds: [8],
    over: { image: ['dynamic'], size: SIZES, op: BOTH },
    against: [{ mode: 'synthetic' }, { mode: 'dma' }],
    holds: (synthetic, dma) =>
      exits(synthetic) === 0 &&
      exits(dma) > 0 &&
      [synthetic, dma].every((run) => run.metrics.sectorsMoved === n(run)),
  },
  'less-time': {
    sentence: 'A synthetic request takes less time than any register road, in every era.',
    source: 'cost profiles, ranges of “How true is this?”',
    formula: 'T(synthetic) < T(DMA), T(MULTIPLE), T(polled), T(PIO)',
    seeds: [2, 40],
    over: { era: ERAS, size: SIZES },
    against: [
      { mode: 'synthetic' },
      { mode: 'dma' },
      { mode: 'multiple' },
      { mode: 'polled' },
      { mode: 'pio' },
    ],
    holds: (synthetic, ...registers) =>
      registers.every((road) => synthetic.metrics.cycles < road.metrics.cycles),
  },
  'int13-narrows': {
    sentence:
      'Emulation need not be slow: one enlightened INT13 call takes less than a fifth of the time of DMA by registers.',
    source: 'cost profiles; OpenVMM enlightened INT13',
    formula: 'T(INT13) < T(DMA) / 5',
    seeds: [7],
    over: { era: ERAS, size: [512, 4096] },
    against: [{ mode: 'int13' }, { mode: 'dma' }],
    holds: (int13, dma) => int13.metrics.cycles * 5 < dma.metrics.cycles,
  },
  'ring-3-is-the-small-part': {
    sentence:
      'Without the visits to ring 3 a PIO request still takes more than seven tenths of its time on the processor on which both were measured.',
    source: 'VirtualBox NEMR3Native-win.cpp: intercepts answered in the root’s kernel and in a process of it',
    formula: 'T(no ring 3) > 0.7 · T',
    seeds: [72],
    over: { mode: ['pio', 'dma'], era: ['2020'] },
    against: [{ relief: 'none' }, { relief: 'ring-3' }],
    holds: (real, without) =>
      without.metrics.cycles > 0.7 * real.metrics.cycles && without.metrics.cycles < real.metrics.cycles,
  },
  'pio-ceiling': {
    sentence: 'However fast the disk, sector-wise PIO cannot pass fifteen megabytes a second.',
    source: 'intercept costs of all eras',
    formula: 'throughput < 15 MB/s',
    seeds: [54],
    over: { mode: ['pio'], era: ERAS, size: [65_536] },
    holds: (run) => run.metrics.throughput < 15,
  },
  'four-savings': {
    sentence:
      'Fewer stops, no ring 3 and no copies are separate savings, and fewer stops is the largest of the three.',
    source: 'runs of this experiment',
    formula: 'T(PIO) − T(DMA) > T(PIO) − T(no ring 3) > T(PIO) − T(no copies)',
    seeds: [12],
    over: { era: ERAS, size: [10_240, 65_536] },
    against: [
      { mode: 'pio' },
      { mode: 'dma' },
      { mode: 'pio', relief: 'ring-3' },
      { mode: 'pio', relief: 'copies' },
    ],
    holds: (pio, dma, noRing3, noCopies) =>
      dma.metrics.cycles < noRing3.metrics.cycles &&
      noRing3.metrics.cycles < noCopies.metrics.cycles &&
      noCopies.metrics.cycles < pio.metrics.cycles,
  },
  'depth-spares-signals': {
    sentence:
      'At a queue depth of 32 a busy synthetic disk needs fewer than half as many signals as requests.',
    source: 'OpenVMM storvsp, poll mode; Linux drivers/hv/ring_buffer.c',
    formula: 'signals < requests / 2',
    seeds: [12, 60],
    over: {
      mode: ['synthetic'],
      requests: [128],
      depth: [32],
      disk: ['nvme', 'sata-ssd'],
      size: [4096],
      era: ERAS,
    },
    holds: (run) => run.metrics.signals < 64,
  },
};
