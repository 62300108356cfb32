/** The parameters of `two-roads`. Names and values are relied on by other tools: do not rename. */
import { choice, count, ERA_OPTIONS, size } from '../lab/params.ts';

/** How the request travels, from the chattiest to the quietest. */
export const MODES = {
  'pio-words': 'PIO, word by word',
  pio: 'PIO, sector by sector',
  'polled-words': 'polled PIO, word by word',
  polled: 'polled PIO',
  multiple: 'PIO MULTIPLE, 16 sectors',
  dma: 'bus-master DMA',
  int13: 'enlightened INT13',
  synthetic: 'synthetic (VMBus)',
} as const;

export const roadParams = {
  op: choice({ read: 'read', write: 'write' }, 'write', {
    label: 'Operation',
    why: 'Reads and writes cost the same number of exits; only the order of data and interrupt differs.',
  }),
  size: size({
    label: 'Size',
    why: 'Emulated roads pay by the sector or by the command; the synthetic road pays by the request.',
    min: 512,
    max: 1_048_576,
    step: 512,
    scale: 'log2',
    default: 10_240,
  }),
  mode: choice(MODES, 'pio', { label: 'Road', why: 'The interface decides how often the guest must leave.' }),
  pic: choice({ apic: 'APIC', '8259': '8259 pair' }, 'apic', {
    label: 'Interrupt controller',
    why: 'Acknowledging through the old pair costs five more intercepts an interrupt; the APIC costs one cheap exit.',
  }),
  era: choice(ERA_OPTIONS, '2020', {
    label: 'Hardware',
    why: 'Exits got cheaper, mitigations made some dearer again; the number of exits does not change.',
  }),
  disk: choice(
    { memory: 'answers at once', sas15k: '15k SAS', 'sata-ssd': 'SATA SSD', nvme: 'NVMe' },
    'memory',
    { label: 'Disk', why: 'A slow disk hides the road, a fast one exposes it.' },
  ),
  image: choice({ memory: 'no file', fixed: 'fixed VHD', dynamic: 'dynamic VHD' }, 'memory', {
    label: 'Image',
    why: 'The disk is a file of the root: where a sector lies in it is the image format’s business, on every road.',
  }),
  requests: count({
    label: 'Requests',
    why: 'One request shows the path; many show what batching buys.',
    unit: '',
    min: 1,
    max: 256,
    step: 1,
    scale: 'log2',
    default: 1,
  }),
  depth: count({
    label: 'Queue depth',
    why: 'IDE takes one command at a time whatever is asked; a ring takes as many as fit.',
    unit: '',
    min: 1,
    max: 64,
    step: 1,
    scale: 'log2',
    default: 1,
  }),
  relief: choice({ none: 'nothing: as it is', 'ring-3': 'the hop to ring 3', copies: 'the copies' }, 'none', {
    label: 'Take away',
    why: 'Counterfactual: remove one ingredient of the emulated road and see how much of the cost goes with it.',
  }),
};
