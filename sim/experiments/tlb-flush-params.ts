/** The parameters of `tlb-flush`. */
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';

export const flushParams = {
  how: choice({ invlpg: 'INVLPG', cr3: 'MOV CR3', hypercall: 'hypercall', none: 'nothing' }, 'invlpg', {
    label: 'Flush by',
    why: 'The guest’s own instructions, or one call that names all pages. Without a flush the old page goes on being used.',
  }),
  paging: choice({ shadow: 'shadow tables', slat: 'second level (EPT, NPT)' }, 'shadow', {
    label: 'Translation',
    why: 'Who walks the guest’s page tables decides which instructions exit.',
  }),
  changed: count({
    label: 'Pages changed',
    why: 'Page table entries that a round changes; each must be flushed before the new page is used.',
    unit: '',
    min: 0,
    max: 256,
    step: 1,
    scale: 'linear',
    default: 8,
  }),
  reach: choice({ local: 'this processor', remote: 'all processors' }, 'local', {
    label: 'Flush on',
    why: 'A process with threads on several processors must be flushed on all of them.',
  }),
  vps: count({
    label: 'Processors',
    why: 'Virtual processors of the machine. A local flush concerns one; the others have nothing to do then.',
    unit: '',
    min: 1,
    max: 64,
    step: 1,
    scale: 'log2',
    default: 4,
  }),
  share: count({
    label: 'VPs on a processor',
    why: 'Overcommit: a processor that the hypervisor does not run at the moment answers no interrupt.',
    unit: '',
    min: 1,
    max: 8,
    step: 1,
    scale: 'linear',
    default: 1,
  }),
  job: choice({ unmap: 'change pages', switch: 'switch processes' }, 'unmap', {
    label: 'Work',
    why: 'A switch of the process must show other pages; whether it also flushes is another question.',
  }),
  touched: count({
    label: 'Working set',
    why: 'Pages that the guest touches again in each round: what was flushed must be found anew.',
    unit: 'pages',
    min: 0,
    max: 4096,
    step: 1,
    scale: 'linear',
    default: 64,
  }),
  scattered: flag(false, {
    label: 'Scattered pages',
    why: 'Pages in a row are one entry of a list, scattered ones an entry each.',
  }),
  large: flag(false, {
    label: 'Large pages',
    why: 'The working set in pages of 2 MiB: fewer entries, shorter walks.',
  }),
  tables: choice(
    { 'virtual-tlb': 'flushed when the guest flushes', traced: 'follows every store' },
    'virtual-tlb',
    {
      label: 'Shadow tables',
      why: 'A shadow that follows every store to a page table survives MOV CR3, and pays at each store.',
    },
  ),
  era: choice(ERA_OPTIONS, '2008', {
    label: 'Hardware',
    why: 'What an exit costs. Shadow tables on later processors, and a second level on earlier ones, are what-ifs.',
  }),
  rounds: count({
    label: 'Rounds',
    why: 'How often it is done.',
    unit: '',
    min: 1,
    max: 16,
    step: 1,
    scale: 'linear',
    default: 8,
  }),
};
